// The platform in pictures.
import { area } from "../charts/area.js";
import { bars } from "../charts/bars.js";
import { donut } from "../charts/donut.js";
import { STATES } from "../charts/enrollment-states.js";
import { h } from "../ui/dom.js";
import { count, money, month, shortDay, shortMoney } from "../ui/format.js";
import { monthsOf } from "./periods.js";

const COURSES = 8;

export function overviewCharts({ users, courses, enrollments, revenue }) {
  const currency = revenue.gross[0]?.currency ?? "INR";
  const show = (amount) => money({ amount, currency });
  const axis = (amount) => shortMoney(amount, currency);
  const income = { note: `After refunds, in ${currency}`, show, axis, least: 10_000, empty: "No income yet." };
  const whole = (facts) => donut({ show: count, ...facts });
  return [
    h("section.panel.full", area({ title: "Revenue by month", columns: ["Month", "Net", "Taken", "Returned"], ...income,
      data: monthsOf(revenue.by_month, currency).map((one) => ({ name: month(one.month), value: one.net, more: [show(one.gross), show(one.refunded)] })) })),
    h("section.panel", area({ title: "New users", note: "Last 30 days", columns: ["Day", "Users"], least: 4, show: count,
      data: users.new_by_day.map((one) => ({ name: shortDay(one.day), value: one.count })) })),
    h("section.panel", bars({ title: "Revenue by instructor", series: [{ name: "Revenue", colour: 2 }], ...income,
      data: best(revenue.by_instructor, currency).map((one) => ({ name: one.title, values: [one.net] })) })),
    h("div.panels.three.full", h("section.panel", whole({ title: "Users by role", unit: "users", total: users.total, data: [
      { name: "Students", value: users.students, colour: 1 }, { name: "Instructors", value: users.instructors, colour: 2 }, { name: "Admins", value: users.admins, colour: 3 }] })),
    h("section.panel", whole({ title: "Enrollments by state", unit: "enrollments", total: enrollments.total, empty: "Nobody enrolled yet.",
      data: STATES.map(({ code, name, colour }) => ({ name, colour, value: enrollments[code] })) })),
    h("section.panel", whole({ title: "Courses", unit: "courses", total: courses.total, empty: "No courses yet.", note: courses.hidden ? `${courses.hidden} hidden by moderation` : null, data: [
      { name: "Published", value: courses.published, colour: 1 }, { name: "Drafts", value: courses.draft, colour: 2 }, { name: "Archived", value: courses.archived, colour: 6 }] }))),
    h("section.panel.full", bars({ title: "Revenue by course", series: [{ name: "Revenue", colour: 1 }], ...income,
      data: best(revenue.by_course, currency).map((one) => ({ name: one.title, values: [one.net] })) })),
  ];
}

function best(courses, currency) {
  const netOf = (course) => course.net.find((one) => one.currency === currency)?.amount ?? 0;
  return courses.map((course) => ({ title: course.title ?? course.name, net: netOf(course) }))
    .filter((one) => one.net > 0).sort((a, b) => b.net - a.net).slice(0, COURSES);
}
