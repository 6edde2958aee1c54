import { get } from "../api/client.js";
import { overviewCharts } from "../admin/overview-charts.js";
import { moderation } from "../admin/moderation-queue.js";
import { attention } from "../admin/alerts.js";
import { h } from "../ui/dom.js";
import { count, sums } from "../ui/format.js";
import { heading, stat, stats } from "../ui/components.js";
import { panelBones } from "../ui/skeletons.js";
import { instructors } from "../admin/instructor-table.js";

export const title = "Overview";
export const skeleton = panelBones;

export default async function page() {
  const { users, courses, enrollments, revenue, instructors: active, attention: open, moderation: queue } = await get("/api/dashboard/admin");
  return [
    heading("Overview", "The whole platform, as of now."),
    stats(
      stat("Net revenue", sums(revenue.net), `${sums(revenue.gross)} taken, ${sums(revenue.refunded)} returned`),
      stat("Users", count(users.total), `${count(users.students)} students, ${count(users.instructors)} instructors`),
      stat("Courses", count(courses.total), `${count(courses.published)} published`),
      stat("Enrollments", count(enrollments.total), `${count(enrollments.active)} active, ${count(enrollments.completed)} completed`)),
    attention(open),
    h("div.panels", overviewCharts({ users, courses, enrollments, revenue })),
    h("section.panel", h("h2", "Instructors"), instructors(active)),
    h("div.panels", moderation("Published last", "Look at each once.", queue.newest), moderation("Hidden", "Out of the catalogue, with a reason.", queue.hidden)),
  ];
}
