import { get } from "../api/client.js";
import { overviewCharts } from "../admin/overview-charts.js";
import { moderationQueue } from "../admin/moderation-queue.js";
import { alerts, decisionsDue } from "../admin/alerts.js";
import { h } from "../ui/dom.js";
import { formatCount, moneyList } from "../ui/format.js";
import { pageHeading, stat, stats } from "../ui/components.js";
import { panelSkeleton } from "../ui/skeletons.js";
import { instructorTable } from "../admin/instructor-table.js";

export const title = "Overview";
export const skeleton = panelSkeleton;

export default async function page() {
  const [{ users, courses, enrollments, revenue, instructors: active, attention: open, moderation: queue }, due] = await Promise.all([get("/api/dashboard/admin"), decisionsDue()]);
  return [
    pageHeading("Overview", "The current state of the platform."),
    stats(
      stat("Net revenue", moneyList(revenue.net), `${moneyList(revenue.gross)} gross, ${moneyList(revenue.refunded)} refunded, ${moneyList(revenue.discount)} discounts`),
      stat("Users", formatCount(users.total), `${formatCount(users.students)} students, ${formatCount(users.instructors)} instructors`),
      stat("Courses", formatCount(courses.total), `${formatCount(courses.published)} published`),
      stat("Enrollments", formatCount(enrollments.total), `${formatCount(enrollments.active)} active, ${formatCount(enrollments.completed)} completed`)),
    alerts(open, due),
    h("div.panels", overviewCharts({ users, courses, enrollments, revenue })),
    h("section.panel", h("h2", "Instructors"), instructorTable(active)),
    h("div.panels", moderationQueue("To review", "Recently published courses.", queue.newest), moderationQueue("Hidden", "Courses removed from the catalogue.", queue.hidden)),
  ];
}
