// The editor of a course outline: add, reorder, edit and delete sections and lessons.
import { createIdempotent, put, remove } from "../api/client.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { textField } from "../ui/fields.js";
import { formatDuration } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { badge, emptyState } from "../ui/components.js";
import { draggable, droppable } from "./drag.js";
import { lessonDialog } from "./lesson-dialog.js";
import { canShift, outlineOrder, placeLesson, shiftLesson, shiftSection } from "./outline-order.js";

/** `draft` is {course, etag, refresh(), signal, go()}; `refresh()` loads the course again and redraws it. */
export function outlineEditor(draft) {
  const { course } = draft;
  const order = outlineOrder(course);
  const save = async (next) => {
    try {
      await put(`/api/courses/${course.id}/outline`, { sections: next }, { headers: { "If-Match": draft.etag } });
    } finally {
      await draft.refresh();
    }
  };
  const tools = { draft, order, save };
  return h("div.outline",
    course.sections.map((section, at) => sectionBox(section, at, tools)),
    course.sections.length === 0 && emptyState("book", "No sections yet", "A section groups lessons: “Getting started”, “The next step”."),
    h("div", actionButton("Add section", { mark: "plus" }, () => sectionDialog(draft, null))));
}

function sectionBox(section, at, { draft, order, save }) {
  const box = h("section.section", { "aria-label": section.title },
    h("header",
      h("h3", section.title),
      h("div.tools",
        actionButton("", { mark: "up", label: `Move section “${section.title}” up`, disabled: at === 0 }, () => save(shiftSection(order, section.id, -1))),
        actionButton("", { mark: "down", label: `Move section “${section.title}” down`, disabled: at === order.length - 1 }, () => save(shiftSection(order, section.id, 1))),
        actionButton("", { mark: "edit", label: `Rename section “${section.title}”` }, () => sectionDialog(draft, section)),
        actionButton("", { mark: "trash", kind: "danger", label: `Delete section “${section.title}”` }, () => deleteSection(draft, section)))),
    section.lessons.map((lesson, index) => lessonRow(lesson, index, section, { draft, order, save })),
    h("footer", actionButton("Add lesson", { mark: "plus", kind: "small" }, () => lessonDialog(draft, section, null))));
  droppable(box, "drop-end", (id) => save(placeLesson(order, id, section.id, section.lessons.filter((one) => one.id !== id).length)));
  return box;
}

function lessonRow(lesson, index, section, { draft, order, save }) {
  const row = h("div.lesson-line",
    h("span.grip", { "aria-hidden": "true", title: "Drag to move" }, icon("grip")),
    icon(lesson.kind === "video" ? "play" : "text"),
    h("span.lesson-name", lesson.title, lesson.preview && [" ", badge("free", "Preview")]),
    lesson.duration_seconds > 0 && h("small", formatDuration(lesson.duration_seconds)),
    h("div.tools",
      actionButton("", { mark: "up", label: `Move “${lesson.title}” up`, disabled: !canShift(order, lesson.id, -1) }, () => save(shiftLesson(order, lesson.id, -1))),
      actionButton("", { mark: "down", label: `Move “${lesson.title}” down`, disabled: !canShift(order, lesson.id, 1) }, () => save(shiftLesson(order, lesson.id, 1))),
      actionButton("", { mark: "edit", label: `Edit “${lesson.title}”` }, () => lessonDialog(draft, section, lesson)),
      actionButton("", { mark: "trash", kind: "danger", label: `Delete “${lesson.title}”` }, () => deleteLesson(draft, lesson))));
  draggable(row, lesson.id);
  droppable(row, "drop-before", (id) => {
    if (id === lesson.id) return;
    const before = section.lessons.slice(0, index).filter((one) => one.id !== id).length;
    save(placeLesson(order, id, section.id, before)).catch(() => null);
  });
  return row;
}

async function sectionDialog(draft, section) {
  const fields = [textField({ name: "title", label: "Title", value: section?.title ?? "", required: true, maxlength: 120 })];
  const options = { title: section ? "Rename section" : "New section", confirm: section ? "Rename" : "Add section", fields };
  const done = await confirmDialog(options, ({ title }) => section
    ? put(`/api/sections/${section.id}`, { title })
    : createIdempotent("/api/sections", { course_id: draft.course.id, title }));
  if (done) await draft.refresh();
}

async function deleteSection(draft, section) {
  const text = section.lessons.length ? `Its ${section.lessons.length} lessons are deleted too. This cannot be undone.` : "It is empty.";
  const done = await confirmDialog({ title: `Delete “${section.title}”?`, text, confirm: "Delete section", kind: "danger" }, () => remove(`/api/sections/${section.id}`));
  if (done) await draft.refresh();
}

async function deleteLesson(draft, lesson) {
  const options = { title: `Delete “${lesson.title}”?`, text: "Learners lose access to it immediately, and it no longer counts towards their progress.", confirm: "Delete lesson", kind: "danger" };
  const done = await confirmDialog(options, () => remove(`/api/lessons/${lesson.id}`));
  if (done) await draft.refresh();
}
