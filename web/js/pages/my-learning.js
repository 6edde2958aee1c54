import { get } from "../api/client.js";
import { me } from "../session.js";
import { h } from "../ui/dom.js";
import { day, price } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { badge, empty, heading, link, ring, stat, stats } from "../ui/components.js";
import { panelBones } from "../ui/skeletons.js";

export const title = "My learning";
export const skeleton = panelBones;

export default async function page() {
  const { active, completed, pending, recent } = await get("/api/dashboard/student");
  const top = heading(`Hello, ${me().name.split(" ")[0]}`, "Here is where you left off.", link("Find a course", "#/", "", "search"));
  if (!active.length && !completed.length && !pending.length) {
    return [top, empty("book", "Nothing here yet", "Choose a course: the free ones start at once.", link("Browse the courses", "#/", "primary"))];
  }
  const lessons = [...active, ...completed].reduce((sum, one) => sum + one.progress.completed_lessons, 0);
  return [
    top,
    stats(stat("Learning now", active.length), stat("Completed", completed.length), stat("Lessons done", lessons), stat("Average progress", `${average(active)} %`, "of what you learn now")),
    recent.length > 0 && h("section.stack", h("h2", "Recently studied"), h("ul.recent", recent.map(studied))),
    pending.length > 0 && group("Waiting for payment", pending.map(waiting)),
    active.length > 0 && group("Learning now", active.map(current)),
    completed.length > 0 && group("Completed", completed.map(finished)),
  ];
}

const group = (name, cards) => h("section.stack", h("h2", name), h("div.mine", cards));

function average(active) {
  return active.length ? Math.floor(active.reduce((sum, one) => sum + one.progress.percent, 0) / active.length) : 0;
}

const courseLink = (one) => h("h3", h("a", { href: `#/courses/${one.course_id}` }, one.course?.title ?? "A course that is gone"));

const shut = (one) => h("article.panel.mine-card", ring(one.progress.percent, 76),
  h("div", h("h3", one.course.title), h("p", badge("hidden", "Closed")), h("p", "An administrator closed this course. Your progress is kept.")));

function current(one) {
  if (one.closed_to_learners) return shut(one);
  const next = one.next_lesson;
  const target = next ? `#/courses/${one.course_id}/lessons/${next.id}` : `#/courses/${one.course_id}`;
  return h("article.panel.mine-card", ring(one.progress.percent, 76),
    h("div", courseLink(one), h("p", `${one.progress.completed_lessons} of ${one.progress.total_lessons} lessons`), next && h("p", `Next: ${next.title}`)),
    h("div.actions", link(one.progress.completed_lessons ? "Continue" : "Start learning", target, "primary", "play")));
}

function finished(one) {
  if (one.closed_to_learners) return shut(one);
  return h("article.panel.mine-card", ring(one.progress.percent, 76),
    h("div", courseLink(one), h("p", badge("completed"), one.completed_at && ` ${day(one.completed_at)}`)),
    h("div.actions", link("Certificate", "#/certificates", "primary", "award"), link("Look at it again", `#/courses/${one.course_id}`)));
}

function studied({ course_id: course, title: name, lesson, last_studied_at: at }) {
  const target = lesson ? `#/courses/${course}/lessons/${lesson.id}` : `#/courses/${course}`;
  return h("li", h("a", { href: target }, h("strong", lesson?.title ?? name), h("small", lesson && `${name} · `, day(at))));
}

function waiting(one) {
  return h("article.panel.mine-card", h("span.round", icon("receipt")),
    h("div", courseLink(one), h("p", badge("pending", "Payment not finished"), one.course && ` ${price(one.course.price)}`)),
    h("div.actions", link("Continue payment", `#/courses/${one.course_id}`, "primary")));
}
