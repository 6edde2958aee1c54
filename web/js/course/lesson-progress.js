// A learner's progress through one course, seen from one lesson.
import { put } from "../api/client.js";
import { enrollments, rememberEnrollment } from "../enrollments.js";
import { action } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { link } from "../ui/components.js";
import { lessonsOf } from "./outline.js";

export function study(course, lesson, progress) {
  const all = lessonsOf(course);
  const at = all.findIndex((one) => one.id === lesson.id);
  const done = new Set(progress.completed_lesson_ids);
  const listeners = [];
  const place = h("div.stack", { "aria-live": "polite" });
  let { percent, status } = progress;

  const send = async (body) => {
    const answer = await put(`/api/enrollments/${course.id}/lessons/${lesson.id}`, body);
    answer.completed ? done.add(lesson.id) : done.delete(lesson.id);
    ({ status } = answer);
    ({ percent } = answer.progress);
    const known = (await enrollments()).get(course.id);
    await rememberEnrollment({ ...known, status, progress: answer.progress });
  };

  const tick = async (completed) => {
    await send({ completed });
    draw();
    listeners.forEach((listener) => listener());
  };

  const draw = () => {
    const finished = done.has(lesson.id);
    const next = all[at + 1];
    place.replaceChildren(...[
      percent === 100 && h("div.finish", h("h2", "You finished this course"), h("p", `All ${all.length} lessons of “${course.title}”. Well done.`), h("div.actions", link("Your certificate", "#/certificates", "primary", "award"), link("Rate this course", `#/courses/${course.id}`), link("My learning", "#/learning", "quiet"))),
      h("div.lesson-end",
        finished
          ? action("Completed", { kind: "quiet", mark: "check" }, () => tick(false))
          : action("Mark as complete", { kind: "primary", mark: "check" }, () => tick(true)),
        next
          ? link("Next lesson", `#/courses/${course.id}/lessons/${next.id}`, finished ? "primary" : "")
          : link("To the course", `#/courses/${course.id}`)),
    ].filter(Boolean));
  };

  return {
    done,
    percent: () => percent,
    onchange: (listener) => listeners.push(listener),
    position: progress.positions?.[lesson.id] ?? 0,
    keep: (seconds) => put(`/api/enrollments/${course.id}/lessons/${lesson.id}`, { position_seconds: seconds }).catch(() => null),
    finish: () => (done.has(lesson.id) ? null : tick(true).catch(() => null)),
    controls: () => {
      draw();
      return place;
    },
  };
}
