// The dialog to create or edit a lesson: Markdown text, or a video uploaded directly to the media store.
import { createIdempotent, get, put } from "../api/client.js";
import { h } from "../ui/dom.js";
import { textArea, radioCards, fileField, textField, checkboxField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { uploadVideo } from "./upload.js";

const KINDS = [["text", "Text", "Written in Markdown."], ["video", "Video", "Uploaded and streamed to enrolled learners only."]];

export async function lessonDialog(draft, section, lesson) {
  const body = lesson ? await get(`/api/courses/${draft.course.id}/lessons/${lesson.id}`) : null;
  if (draft.signal.aborted) return;
  const dialog = h("dialog.dialog.wide-dialog", { "aria-label": lesson ? "Edit lesson" : "New lesson" });
  const progress = h("div.progress-line", { role: "status" });
  const kind = radioCards({ name: "kind", label: "Kind", value: lesson?.kind ?? "text", options: KINDS });
  const content = textArea({ name: "content", label: "Text", value: body?.content ?? "", rows: 10, required: true, hint: "Markdown: ## heading, **bold**, - list, > quote, `code`." });
  const video = fileField({ name: "video", label: body?.video ? "Replace video" : "Video file", accept: "video/mp4,video/webm,video/quicktime", required: !body?.video,
    hint: "MP4, MOV or WebM." });
  const fields = [
    ...(lesson ? [] : [kind]),
    textField({ name: "title", label: "Title", value: lesson?.title ?? "", required: true, maxlength: 120 }),
    ...(lesson?.kind === "video" ? [] : [content]),
    ...(lesson?.kind === "text" ? [] : [video]),
    textField({ name: "minutes", label: "Minutes", type: "number", min: 0, max: 1440, step: "any", inputmode: "decimal",
      value: lesson ? String(lesson.duration_seconds / 60) : "5", hint: "Estimated duration." }),
    checkboxField({ name: "preview", label: "Free preview for everyone", value: lesson?.preview }),
  ];
  const lessonForm = form({
    fields,
    submit: lesson ? "Save lesson" : "Add lesson",
    extra: h("button.button.quiet", { type: "button", on: { click: () => dialog.close() } }, "Cancel"),
    onsubmit: async (values) => {
      const sent = await lessonBody(values, lesson?.kind ?? values.kind, draft, progress);
      await (lesson ? put(`/api/lessons/${lesson.id}`, sent) : createIdempotent("/api/lessons", { section_id: section.id, kind: values.kind, ...sent }));
      dialog.close();
      await draft.refresh();
    },
  });
  const showKind = () => {
    const current = lesson?.kind ?? kind.value();
    content.element.hidden = current !== "text";
    video.element.hidden = current !== "video";
  };
  kind.element.addEventListener("change", showKind);
  showKind();
  lessonForm.querySelector(".actions").before(progress);
  dialog.append(h("h2", lesson ? "Edit lesson" : `New lesson in “${section.title}”`), lessonForm);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function lessonBody(values, kind, draft, progress) {
  const sent = { title: values.title, duration_seconds: Math.round(Number(values.minutes || 0) * 60), preview: values.preview };
  if (kind === "text") return { ...sent, content: values.content };
  if (!values.video) return sent;
  const uploaded = await uploadVideo(draft.course.id, values.video, (percent) => progress.replaceChildren(
    h("span", `Uploading: ${percent} %`), h("progress", { max: 100, value: percent, "aria-label": "Upload" })));
  progress.replaceChildren();
  return { ...sent, ...uploaded };
}
