import { listAll, get } from "../api/client.js";
import { areaChart } from "../charts/area.js";
import { barChart } from "../charts/bars.js";
import { ENROLLMENT_STATES } from "../charts/enrollment-states.js";
import { actionButton } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { formatCount, formatMoney, plural, formatShortDate, formatShortMoney, moneyList } from "../ui/format.js";
import { badge, emptyState, pageHeading, linkButton, stat, stats } from "../ui/components.js";
import { downloadFile } from "../ui/download.js";
import { panelSkeleton } from "../ui/skeletons.js";
import { shortRating } from "../ui/stars.js";
import { table } from "../ui/table.js";

export const title = "Teaching";
export const skeleton = panelSkeleton;

export default async function page() {
  const [figures, own] = await Promise.all([get("/api/dashboard/instructor"), listAll("/api/courses/mine")]);
  const create = linkButton("New course", "#/teaching/new", "primary", "plus");
  if (!own.length) return [pageHeading("Teaching"), emptyState("book", "No courses yet", "A course consists of sections and lessons. It is a draft until you publish it.", create)];
  return [
    pageHeading("Teaching", "Your courses, learners and revenue.", create),
    stats(
      stat("Courses", formatCount(figures.total_courses), `${figures.published_courses} published, ${plural(figures.draft_courses, "draft")}`),
      stat("Enrollments", formatCount(figures.total_enrollments), "active and completed"),
      stat("Active students", formatCount(figures.active_students), "unique learners"),
      stat("Completions", formatCount(figures.completions), `${figures.completion_rate} % of learners with access`),
      stat("Average progress", `${figures.average_progress} %`, "of all lessons"),
      stat("Revenue", moneyList(figures.revenue), `after refunds; ${moneyList(figures.discount)} discounts`)),
    h("div.panels", charts(figures)),
    h("section.panel", h("header.panel-head", h("h2", "Courses"),
      actionButton("Download as CSV", { kind: "small", mark: "download" }, () => downloadFile("/api/dashboard/instructor/courses.csv", "courses.csv", "text/csv"))), list(own, figures.courses)),
  ];
}

function charts({ courses, days }) {
  const taught = courses.filter((course) => ENROLLMENT_STATES.some(({ code }) => course.enrollments[code] > 0));
  const amounts = courses.flatMap((course) => course.revenue.map((one) => ({ ...one, name: course.title }))).filter((one) => one.amount > 0);
  const currency = amounts[0]?.currency ?? "INR";
  const daily = days.map((one) => ({ name: formatShortDate(one.day), enrolled: one.enrolled, completed: one.completed, income: amountOf(one.net, currency), gross: amountOf(one.gross, currency), refunded: amountOf(one.refunded, currency) }));
  const show = (amount) => formatMoney({ amount, currency });
  return [
    h("section.panel", areaChart({ title: "New learners", note: "Last 30 days", columns: ["Day", "Enrolled", "Completed"], least: 4, show: formatCount,
      data: daily.map((one) => ({ name: one.name, value: one.enrolled, more: [formatCount(one.completed)] })) })),
    h("section.panel", areaChart({ title: "Revenue by day", note: `Last 30 days, after refunds, in ${currency}`, columns: ["Day", "Net", "Gross", "Refunded"], least: 100_00, show, axis: (amount) => formatShortMoney(amount, currency),
      data: daily.map((one) => ({ name: one.name, value: one.income, more: [show(one.gross), show(one.refunded)] })) })),
    h("section.panel.full", barChart({ title: "Enrollments", note: "By status, for each course", series: ENROLLMENT_STATES, show: formatCount,
      data: taught.map((course) => ({ name: course.title, values: ENROLLMENT_STATES.map(({ code }) => course.enrollments[code]) })),
      empty: "No enrollments yet. Publish a course and share it." })),
    h("div.panels.three.full",
      h("section.panel", barChart({ title: "Revenue", note: `After refunds, in ${currency}`, series: [{ name: "Revenue", colour: 1 }], least: 100,
        show: (amount) => formatMoney({ amount, currency }), axis: (amount) => formatShortMoney(amount, currency),
        data: amounts.filter((one) => one.currency === currency).sort((a, b) => b.amount - a.amount).map((one) => ({ name: one.name, values: [one.amount] })),
        empty: "No revenue yet." })),
      rate("Completion rate", "Share of learners with access who completed the course", taught, "completion_rate", 3),
      rate("Average progress", "Share of lessons completed by learners with access", taught, "average_progress", 1)),
  ];
}

function rate(title, note, courses, name, colour) {
  return h("section.panel", barChart({ title, note, series: [{ name: title, colour }], highest: 100, show: (percent) => `${percent} %`,
    data: courses.map((course) => ({ name: course.title, values: [course[name]] })), empty: "No learners yet." }));
}

const amountOf = (amounts, currency) => amounts.find((one) => one.currency === currency)?.amount ?? 0;

function list(own, figures) {
  const byId = new Map(figures.map((course) => [course.id, course]));
  const rows = table("Your courses", [
    { name: "Course", cell: (one) => [h("a", { href: `#/teaching/${one.id}` }, one.title), h("small", plural(one.lesson_count, "lesson"))] },
    { name: "Status", cell: (one) => h("span.row", badge(one.status), one.hidden && badge("hidden")) },
    { name: "Active", number: true, cell: (one) => formatCount(byId.get(one.id)?.enrollments.active ?? 0) },
    { name: "Completed", number: true, cell: (one) => formatCount(byId.get(one.id)?.enrollments.completed ?? 0) },
    { name: "Rating", number: true, cell: (one) => shortRating(one) ?? "–" },
    { name: "Revenue", number: true, cell: (one) => moneyList(byId.get(one.id)?.revenue ?? []) },
    { name: "", actions: true, cell: (one) => [linkButton("Edit", `#/teaching/${one.id}`, "small"), linkButton("Learners", `#/teaching/${one.id}/learners`, "small quiet")] },
  ]);
  rows.fill(own);
  return rows.element;
}
