// Writing a lesson: text in Markdown, or a video that goes straight to the media store.
import { create, get, put } from "../api/client.js";
import { h } from "../ui/dom.js";
import { area, cards, file, text, tick } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { uploadVideo } from "./upload.js";

const KINDS = [["text", "Text", "Written in Markdown."], ["video", "Video", "Uploaded, then streamed to learners only."]];

export async function lessonDialog(draft, section, lesson) {
  const body = lesson ? await get(`/api/courses/${draft.course.id}/lessons/${lesson.id}`) : null;
  if (draft.signal.aborted) return;
  const dialog = h("dialog.dialog.wide-dialog", { "aria-label": lesson ? "Edit lesson" : "New lesson" });
  const progress = h("div.progress-line", { role: "status" });
  const kind = cards({ name: "kind", label: "Kind", value: lesson?.kind ?? "text", options: KINDS });
  const content = area({ name: "content", label: "Text", value: body?.content ?? "", rows: 10, required: true, hint: "Markdown: ## heading, **bold**, - list, > quote, `code`." });
  const video = file({ name: "video", label: body?.video ? "Another video" : "Video file", accept: "video/mp4,video/webm,video/quicktime", required: !body?.video,
    hint: "MP4, MOV or WebM. It goes straight to the media store." });
  const fields = [
    ...(lesson ? [] : [kind]),
    text({ name: "title", label: "Title", value: lesson?.title ?? "", required: true, maxlength: 120 }),
    ...(lesson?.kind === "video" ? [] : [content]),
    ...(lesson?.kind === "text" ? [] : [video]),
    text({ name: "minutes", label: "Minutes", type: "number", min: 0, max: 1440, step: "any", inputmode: "decimal",
      value: lesson ? String(lesson.duration_seconds / 60) : "5", hint: "How long it takes." }),
    tick({ name: "preview", label: "Anyone may look at this lesson for free", value: lesson?.preview }),
  ];
  const made = form({
    fields,
    submit: lesson ? "Save lesson" : "Add lesson",
    extra: h("button.button.quiet", { type: "button", on: { click: () => dialog.close() } }, "Cancel"),
    onsubmit: async (values) => {
      const sent = await lessonIn(values, lesson?.kind ?? values.kind, draft, progress);
      await (lesson ? put(`/api/lessons/${lesson.id}`, sent) : create("/api/lessons", { section_id: section.id, kind: values.kind, ...sent }));
      dialog.close();
      await draft.refresh();
    },
  });
  const turn = () => {
    const now = lesson?.kind ?? kind.value();
    content.element.hidden = now !== "text";
    video.element.hidden = now !== "video";
  };
  kind.element.addEventListener("change", turn);
  turn();
  made.querySelector(".actions").before(progress);
  dialog.append(h("h2", lesson ? "Edit lesson" : `New lesson in “${section.title}”`), made);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function lessonIn(values, kind, draft, progress) {
  const sent = { title: values.title, duration_seconds: Math.round(Number(values.minutes || 0) * 60), preview: values.preview };
  if (kind === "text") return { ...sent, content: values.content };
  if (!values.video) return sent;
  const uploaded = await uploadVideo(draft.course.id, values.video, (percent) => progress.replaceChildren(
    h("span", `Uploading: ${percent} %`), h("progress", { max: 100, value: percent, "aria-label": "Upload" })));
  progress.replaceChildren();
  return { ...sent, ...uploaded };
}
