// The progress of a learner in one course, and the controls of one lesson.
import { put } from "../api/client.js";
import { enrollments, cacheEnrollment } from "../enrollments.js";
import { actionButton } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { linkButton } from "../ui/components.js";
import { lessonsOf } from "./outline.js";

export function lessonProgress(course, lesson, progress) {
  const lessons = lessonsOf(course);
  const index = lessons.findIndex((candidate) => candidate.id === lesson.id);
  const completedIds = new Set(progress.completed_lesson_ids);
  const listeners = [];
  const container = h("div.stack", { "aria-live": "polite" });
  let { percent, status } = progress;

  const send = async (body) => {
    const updated = await put(`/api/enrollments/${course.id}/lessons/${lesson.id}`, body);
    updated.completed ? completedIds.add(lesson.id) : completedIds.delete(lesson.id);
    ({ status } = updated);
    ({ percent } = updated.progress);
    const cached = (await enrollments()).get(course.id);
    await cacheEnrollment({ ...cached, status, progress: updated.progress });
  };

  const setCompleted = async (completed) => {
    await send({ completed });
    draw();
    listeners.forEach((listener) => listener());
  };

  const draw = () => {
    const finished = completedIds.has(lesson.id);
    const next = lessons[index + 1];
    container.replaceChildren(...[
      percent === 100 && h("div.finish", h("h2", "You completed this course"), h("p", `You completed all ${lessons.length} lessons of “${course.title}”. Well done.`), h("div.actions", linkButton("Your certificate", "#/certificates", "primary", "award"), linkButton("Rate this course", `#/courses/${course.id}`), linkButton("My learning", "#/learning", "quiet"))),
      h("div.lesson-end",
        finished
          ? actionButton("Completed", { kind: "quiet", mark: "check" }, () => setCompleted(false))
          : actionButton("Mark as complete", { kind: "primary", mark: "check" }, () => setCompleted(true)),
        next
          ? linkButton("Next lesson", `#/courses/${course.id}/lessons/${next.id}`, finished ? "primary" : "")
          : linkButton("Back to the course", `#/courses/${course.id}`)),
    ].filter(Boolean));
  };

  return {
    completedIds,
    percent: () => percent,
    onchange: (listener) => listeners.push(listener),
    position: progress.positions?.[lesson.id] ?? 0,
    savePosition: (seconds) => put(`/api/enrollments/${course.id}/lessons/${lesson.id}`, { position_seconds: seconds }).catch(() => null),
    markComplete: () => (completedIds.has(lesson.id) ? null : setCompleted(true).catch(() => null)),
    controls: () => {
      draw();
      return container;
    },
  };
}
