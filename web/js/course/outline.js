// The sections and lessons of a course. An accessible lesson is a link.
import { h } from "../ui/dom.js";
import { formatDuration, plural } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { badge } from "../ui/components.js";

export const lessonsOf = (course) => course.sections.flatMap((section) => section.lessons);

/** `access`: all lessons are accessible; `done`: a Set of completed lesson ids; `current`: the id of the open lesson. */
export function courseOutline(course, { access = false, done = new Set(), current = null } = {}) {
  return h("div.sections", course.sections.map((section, at) => {
    const seconds = section.lessons.reduce((sum, lesson) => sum + lesson.duration_seconds, 0);
    const open = current ? section.lessons.some((lesson) => lesson.id === current) : at < 3;
    return h("details.section", { open },
      h("summary", h("span", section.title), h("small", plural(section.lessons.length, "lesson"), seconds > 0 && ` · ${formatDuration(seconds)}`)),
      section.lessons.map((lesson) => lessonLine(course, lesson, { access, done, current })));
  }));
}

function lessonLine(course, lesson, { access, done, current }) {
  const finished = done.has(lesson.id);
  const inside = [
    icon(finished ? "check" : lesson.kind === "video" ? "play" : "text"),
    h("span.lesson-name", lesson.title, finished && h("span.sr-only", " (completed)")),
    lesson.duration_seconds > 0 && h("small", formatDuration(lesson.duration_seconds)),
  ];
  if (!access && !lesson.preview) return h("div.lesson-line", inside, h("span.sr-only", "locked"), icon("lock"));
  const href = `#/courses/${course.id}/lessons/${lesson.id}`;
  return h("a.lesson-line", { href, class: finished ? "done" : "", "aria-current": lesson.id === current ? "page" : null },
    inside, !access && badge("free", "Preview"));
}
