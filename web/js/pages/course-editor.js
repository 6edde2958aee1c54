import { get, put } from "../api/client.js";
import { detailFields } from "../instructor/course-fields.js";
import { outlineEditor } from "../instructor/outline-editor.js";
import { publishing } from "../instructor/publishing.js";
import { saleEditor } from "../instructor/sale-editor.js";
import { thumbnail } from "../instructor/thumbnail.js";
import { h } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { pageHeading, linkButton } from "../ui/components.js";
import { panelSkeleton } from "../ui/skeletons.js";
import { toast } from "../ui/toast.js";

export const title = "Edit course";
export const skeleton = panelSkeleton;

export default async function page(context) {
  const path = `/api/courses/${context.params.course}`;
  const draft = { course: null, etag: null, refresh: null, signal: context.signal, go: context.go };
  let requestCount = 0;
  const top = h("div");
  const lessons = h("section.panel");
  const side = h("div.editor-side");

  draft.refresh = async () => {
    const request = (requestCount += 1);
    const { data, headers } = await get(path, { whole: true });
    if (request !== requestCount) return; // a later request replaces this one
    draft.course = data;
    draft.etag = headers.get("ETag");
    context.setTitle(data.title);
    top.replaceChildren(pageHeading(data.title, "Changes to sections and lessons are saved immediately; details when you select Save.", linkButton("Learners", `#/teaching/${data.id}/learners`, "", "people")));
    lessons.replaceChildren(h("h2", "Sections and lessons"), outlineEditor(draft));
    side.replaceChildren(publishing(draft), thumbnail(draft));
  };
  await draft.refresh();
  const sale = saleEditor(draft);

  const details = h("section.panel", h("h2", "Details"), form({
    fields: detailFields(draft.course),
    submit: "Save details",
    onsubmit: async (values) => {
      await put(path, values, { headers: { "If-Match": draft.etag } });
      toast("Saved.");
      await draft.refresh();
      sale.draw();
    },
  }));
  return [top, h("div.editor", h("div.editor-main", lessons, details, sale.element), side)];
}
