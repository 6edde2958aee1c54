// The charts of the admin dashboard.
import { areaChart } from "../charts/area.js";
import { barChart } from "../charts/bars.js";
import { donutChart } from "../charts/donut.js";
import { ENROLLMENT_STATES } from "../charts/enrollment-states.js";
import { h } from "../ui/dom.js";
import { formatCount, formatMoney, formatMonth, formatShortDate, formatShortMoney } from "../ui/format.js";
import { monthsOf } from "./periods.js";

const MAX_BARS = 8;

export function overviewCharts({ users, courses, enrollments, revenue }) {
  const currency = revenue.gross[0]?.currency ?? "INR";
  const show = (amount) => formatMoney({ amount, currency });
  const axis = (amount) => formatShortMoney(amount, currency);
  const moneyChartOptions = { note: `After refunds, in ${currency}`, show, axis, least: 10_000, empty: "No revenue yet." };
  const countDonut = (options) => donutChart({ show: formatCount, ...options });
  return [
    h("section.panel.full", areaChart({ title: "Revenue by month", columns: ["Month", "Net", "Gross", "Refunded"], ...moneyChartOptions,
      data: monthsOf(revenue.by_month, currency).map((one) => ({ name: formatMonth(one.month), value: one.net, more: [show(one.gross), show(one.refunded)] })) })),
    h("section.panel", areaChart({ title: "New users", note: "Last 30 days", columns: ["Day", "Users"], least: 4, show: formatCount,
      data: users.new_by_day.map((one) => ({ name: formatShortDate(one.day), value: one.count })) })),
    h("section.panel", barChart({ title: "Revenue by instructor", series: [{ name: "Revenue", colour: 2 }], ...moneyChartOptions,
      data: topByRevenue(revenue.by_instructor, currency).map((one) => ({ name: one.title, values: [one.net] })) })),
    h("div.panels.three.full", h("section.panel", countDonut({ title: "Users by role", unit: "users", total: users.total, data: [
      { name: "Students", value: users.students, colour: 1 }, { name: "Instructors", value: users.instructors, colour: 2 }, { name: "Admins", value: users.admins, colour: 3 }] })),
    h("section.panel", countDonut({ title: "Enrollments by status", unit: "enrollments", total: enrollments.total, empty: "No enrollments yet.",
      data: ENROLLMENT_STATES.map(({ code, name, colour }) => ({ name, colour, value: enrollments[code] })) })),
    h("section.panel", countDonut({ title: "Courses", unit: "courses", total: courses.total, empty: "No courses yet.", note: courses.hidden ? `${courses.hidden} hidden by moderation` : null, data: [
      { name: "Published", value: courses.published, colour: 1 }, { name: "Drafts", value: courses.draft, colour: 2 }, { name: "Archived", value: courses.archived, colour: 6 }] }))),
    h("section.panel.full", barChart({ title: "Revenue by course", series: [{ name: "Revenue", colour: 1 }], ...moneyChartOptions,
      data: topByRevenue(revenue.by_course, currency).map((one) => ({ name: one.title, values: [one.net] })) })),
  ];
}

function topByRevenue(courses, currency) {
  const netOf = (course) => course.net.find((one) => one.currency === currency)?.amount ?? 0;
  return courses.map((course) => ({ title: course.title ?? course.name, net: netOf(course) }))
    .filter((one) => one.net > 0).sort((a, b) => b.net - a.net).slice(0, MAX_BARS);
}
