import { get } from "../api/client.js";
import { currentUser } from "../session.js";
import { h } from "../ui/dom.js";
import { formatDate, formatPrice } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { badge, emptyState, pageHeading, linkButton, progressRing, stat, stats } from "../ui/components.js";
import { panelSkeleton } from "../ui/skeletons.js";

export const title = "My learning";
export const skeleton = panelSkeleton;

export default async function page() {
  const { active, completed, pending, recent } = await get("/api/dashboard/student");
  const top = pageHeading(`Hello, ${currentUser().name.split(" ")[0]}`, "Continue where you left off.", linkButton("Find a course", "#/", "", "search"));
  if (!active.length && !completed.length && !pending.length) {
    return [top, emptyState("book", "Nothing here yet", "Choose a course: free courses start immediately.", linkButton("Browse courses", "#/", "primary"))];
  }
  const lessons = [...active, ...completed].reduce((sum, one) => sum + one.progress.completed_lessons, 0);
  return [
    top,
    stats(stat("In progress", active.length), stat("Completed", completed.length), stat("Lessons completed", lessons), stat("Average progress", `${average(active)} %`, "of courses in progress")),
    recent.length > 0 && h("section.stack", h("h2", "Recently studied"), h("ul.recent", recent.map(recentItem))),
    pending.length > 0 && group("Waiting for payment", pending.map(pendingCard)),
    active.length > 0 && group("In progress", active.map(activeCard)),
    completed.length > 0 && group("Completed", completed.map(completedCard)),
  ];
}

const group = (name, cards) => h("section.stack", h("h2", name), h("div.status-cards", cards));

function average(active) {
  return active.length ? Math.floor(active.reduce((sum, one) => sum + one.progress.percent, 0) / active.length) : 0;
}

const courseLink = (one) => h("h3", h("a", { href: `#/courses/${one.course_id}` }, one.course?.title ?? "Deleted course"));

const closedCard = (one) => h("article.panel.course-status-card", progressRing(one.progress.percent, 76),
  h("div", h("h3", one.course.title), h("p", badge("hidden", "Closed")), h("p", "An administrator closed this course. Your progress is saved.")));

function activeCard(one) {
  if (one.closed_to_learners) return closedCard(one);
  const next = one.next_lesson;
  const target = next ? `#/courses/${one.course_id}/lessons/${next.id}` : `#/courses/${one.course_id}`;
  return h("article.panel.course-status-card", progressRing(one.progress.percent, 76),
    h("div", courseLink(one), h("p", `${one.progress.completed_lessons} of ${one.progress.total_lessons} lessons`), next && h("p", `Next: ${next.title}`)),
    h("div.actions", linkButton(one.progress.completed_lessons ? "Continue" : "Start learning", target, "primary", "play")));
}

function completedCard(one) {
  if (one.closed_to_learners) return closedCard(one);
  return h("article.panel.course-status-card", progressRing(one.progress.percent, 76),
    h("div", courseLink(one), h("p", badge("completed"), one.completed_at && ` ${formatDate(one.completed_at)}`)),
    h("div.actions", linkButton("Certificate", "#/certificates", "primary", "award"), linkButton("View course", `#/courses/${one.course_id}`)));
}

function recentItem({ course_id: course, title: name, lesson, last_studied_at: at }) {
  const target = lesson ? `#/courses/${course}/lessons/${lesson.id}` : `#/courses/${course}`;
  return h("li", h("a", { href: target }, h("strong", lesson?.title ?? name), h("small", lesson && `${name} · `, formatDate(at))));
}

function pendingCard(one) {
  return h("article.panel.course-status-card", h("span.round", icon("receipt")),
    h("div", courseLink(one), h("p", badge("pending", "Payment incomplete"), one.coupon ? ` with the coupon ${one.coupon}` : one.course && ` ${formatPrice(one.course.price)}`)),
    h("div.actions", linkButton("Continue payment", `#/courses/${one.course_id}`, "primary")));
}
