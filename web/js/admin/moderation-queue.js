// Courses to look at: what was published last, and what is hidden.
import { h } from "../ui/dom.js";
import { day } from "../ui/format.js";
import { badge } from "../ui/components.js";

export function moderation(title, note, courses) {
  return h("section.panel", h("h2", title), h("p.soft", note), courses.length ? h("ul.queue", courses.map(entry)) : h("p.nothing", "None."));
}

function entry(course) {
  return h("li", h("a", { href: `#/courses/${course.id}` }, course.title),
    h("small", course.instructor.name, course.published_at && ` · ${day(course.published_at)}`),
    course.reason && h("small", course.reason), course.closed_to_learners && badge("hidden", "Closed to its learners"));
}
