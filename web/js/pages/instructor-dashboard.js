import { everything, get } from "../api/client.js";
import { area } from "../charts/area.js";
import { bars } from "../charts/bars.js";
import { STATES } from "../charts/enrollment-states.js";
import { action } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { count, money, plural, shortDay, shortMoney, sums } from "../ui/format.js";
import { badge, empty, heading, link, stat, stats } from "../ui/components.js";
import { save } from "../ui/download.js";
import { panelBones } from "../ui/skeletons.js";
import { shortRating } from "../ui/stars.js";
import { table } from "../ui/table.js";

export const title = "Teaching";
export const skeleton = panelBones;

export default async function page() {
  const [figures, own] = await Promise.all([get("/api/dashboard/instructor"), everything("/api/courses/mine")]);
  const create = link("New course", "#/teaching/new", "primary", "plus");
  if (!own.length) return [heading("Teaching"), empty("book", "Teach something", "A course is a title, some sections and lessons. It stays a draft until you publish it.", create)];
  return [
    heading("Teaching", "Your courses, your learners, your income.", create),
    stats(
      stat("Courses", count(figures.total_courses), `${figures.published_courses} published, ${plural(figures.draft_courses, "draft")}`),
      stat("Enrollments", count(figures.total_enrollments), "active and completed"),
      stat("Active students", count(figures.active_students), "different people"),
      stat("Completions", count(figures.completions), `${figures.completion_rate} % of all who have access`),
      stat("Average progress", `${figures.average_progress} %`, "lessons done, of all"),
      stat("Revenue", sums(figures.revenue), "after refunds")),
    h("div.panels", charts(figures)),
    h("section.panel", h("header.panel-head", h("h2", "Courses"),
      action("Download as CSV", { kind: "small", mark: "download" }, () => save("/api/dashboard/instructor/courses.csv", "courses.csv", "text/csv"))), list(own, figures.courses)),
  ];
}

function charts({ courses, days }) {
  const taught = courses.filter((course) => STATES.some(({ code }) => course.enrollments[code] > 0));
  const amounts = courses.flatMap((course) => course.revenue.map((one) => ({ ...one, name: course.title }))).filter((one) => one.amount > 0);
  const currency = amounts[0]?.currency ?? "INR";
  const taken = days.map((one) => ({ name: shortDay(one.day), enrolled: one.enrolled, completed: one.completed, income: amountOf(one.net, currency), gross: amountOf(one.gross, currency), refunded: amountOf(one.refunded, currency) }));
  const show = (amount) => money({ amount, currency });
  return [
    h("section.panel", area({ title: "New learners", note: "Last 30 days", columns: ["Day", "Enrolled", "Completed"], least: 4, show: count,
      data: taken.map((one) => ({ name: one.name, value: one.enrolled, more: [count(one.completed)] })) })),
    h("section.panel", area({ title: "Income", note: `Last 30 days, after refunds, in ${currency}`, columns: ["Day", "Net", "Taken", "Returned"], least: 100_00, show, axis: (amount) => shortMoney(amount, currency),
      data: taken.map((one) => ({ name: one.name, value: one.income, more: [show(one.gross), show(one.refunded)] })) })),
    h("section.panel.full", bars({ title: "Enrollments", note: "By state, for each course", series: STATES, show: count,
      data: taught.map((course) => ({ name: course.title, values: STATES.map(({ code }) => course.enrollments[code]) })),
      empty: "Nobody enrolled yet. Publish a course and tell people about it." })),
    h("div.panels.three.full",
      h("section.panel", bars({ title: "Revenue", note: `After refunds, in ${currency}`, series: [{ name: "Revenue", colour: 1 }], least: 100,
        show: (amount) => money({ amount, currency }), axis: (amount) => shortMoney(amount, currency),
        data: amounts.filter((one) => one.currency === currency).sort((a, b) => b.amount - a.amount).map((one) => ({ name: one.name, values: [one.amount] })),
        empty: "No income yet." })),
      rate("Completion rate", "Completed, of all who have access", taught, "completion_rate", 3),
      rate("Average progress", "Lessons done, of all who have access", taught, "average_progress", 1)),
  ];
}

function rate(title, note, courses, name, colour) {
  return h("section.panel", bars({ title, note, series: [{ name: title, colour }], highest: 100, show: (percent) => `${percent} %`,
    data: courses.map((course) => ({ name: course.title, values: [course[name]] })), empty: "Nobody started yet." }));
}

const amountOf = (amounts, currency) => amounts.find((one) => one.currency === currency)?.amount ?? 0;

function list(own, figures) {
  const byId = new Map(figures.map((course) => [course.id, course]));
  const rows = table("Your courses", [
    { name: "Course", cell: (one) => [h("a", { href: `#/teaching/${one.id}` }, one.title), h("small", plural(one.lesson_count, "lesson"))] },
    { name: "State", cell: (one) => h("span.row", badge(one.status), one.hidden && badge("hidden")) },
    { name: "Learning", number: true, cell: (one) => count(byId.get(one.id)?.enrollments.active ?? 0) },
    { name: "Completed", number: true, cell: (one) => count(byId.get(one.id)?.enrollments.completed ?? 0) },
    { name: "Rating", number: true, cell: (one) => shortRating(one) ?? "–" },
    { name: "Revenue", number: true, cell: (one) => sums(byId.get(one.id)?.revenue ?? []) },
    { name: "", acts: true, cell: (one) => [link("Edit", `#/teaching/${one.id}`, "small"), link("Learners", `#/teaching/${one.id}/learners`, "small quiet")] },
  ]);
  rows.fill(own);
  return rows.element;
}
