import { get, put } from "../api/client.js";
import { detailFields } from "../instructor/course-fields.js";
import { outlineEditor } from "../instructor/outline-editor.js";
import { publishing } from "../instructor/publishing.js";
import { thumbnail } from "../instructor/thumbnail.js";
import { h } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { heading, link } from "../ui/components.js";
import { panelBones } from "../ui/skeletons.js";
import { toast } from "../ui/toast.js";

export const title = "Edit course";
export const skeleton = panelBones;

export default async function page(context) {
  const path = `/api/courses/${context.params.course}`;
  const draft = { course: null, etag: null, refresh: null, signal: context.signal, go: context.go };
  let asked = 0;
  const top = h("div");
  const lessons = h("section.panel");
  const side = h("div.editor-side");

  draft.refresh = async () => {
    const mine = (asked += 1);
    const { data, headers } = await get(path, { whole: true });
    if (mine !== asked) return; // a later answer is drawn already, or will be
    draft.course = data;
    draft.etag = headers.get("ETag");
    context.name(data.title);
    top.replaceChildren(heading(data.title, "Changes are saved as you make them; the details when you press Save.", link("Learners", `#/teaching/${data.id}/learners`, "", "people")));
    lessons.replaceChildren(h("h2", "Sections and lessons"), outlineEditor(draft));
    side.replaceChildren(publishing(draft), thumbnail(draft));
  };
  await draft.refresh();

  const details = h("section.panel", h("h2", "Details"), form({
    fields: detailFields(draft.course),
    submit: "Save details",
    onsubmit: async (values) => {
      await put(path, values, { headers: { "If-Match": draft.etag } });
      toast("Saved.");
      await draft.refresh();
    },
  }));
  return [top, h("div.editor", h("div.editor-main", lessons, details), side)];
}
