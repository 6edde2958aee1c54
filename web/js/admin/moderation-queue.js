// Moderation queues: recently published and hidden courses.
import { h } from "../ui/dom.js";
import { formatDate } from "../ui/format.js";
import { badge } from "../ui/components.js";

export function moderationQueue(title, note, courses) {
  return h("section.panel", h("h2", title), h("p.soft", note), courses.length ? h("ul.queue", courses.map(queueEntry)) : h("p.nothing", "None."));
}

function queueEntry(course) {
  return h("li", h("a", { href: `#/courses/${course.id}` }, course.title),
    h("small", course.instructor.name, course.published_at && ` · ${formatDate(course.published_at)}`),
    course.reason && h("small", course.reason), course.closed_to_learners && badge("hidden", "Closed to enrolled learners"));
}
