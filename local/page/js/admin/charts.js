// The platform in four pictures.
import { area } from "../charts/area.js";
import { bars } from "../charts/bars.js";
import { donut } from "../charts/donut.js";
import { STATES } from "../charts/states.js";
import { h } from "../ui/dom.js";
import { count, money, month, shortMoney } from "../ui/format.js";

const MONTHS = 12;

export function overviewCharts({ users, courses, enrollments, revenue }) {
  const months = revenue.by_month;
  const currency = months[0]?.currency ?? revenue.by_course[0]?.currency ?? "INR";
  const show = (amount) => money({ amount, currency });
  const axis = (amount) => shortMoney(amount, currency);
  const top = revenue.by_course.filter((one) => one.net > 0).slice(0, 8);
  return [
    h("section.panel.full", area({ title: "Revenue by month", note: `After refunds, in ${currency}`, data: lastMonths(months.filter((one) => one.currency === currency)), show, axis,
      columns: ["Month", "Net", "Taken", "Returned"], least: 10_000, empty: "No income yet." })),
    h("section.panel", donut({ title: "Users by role", unit: "users", show: count, total: users.total, data: [
      { name: "Students", value: users.students, colour: 1 }, { name: "Instructors", value: users.instructors, colour: 2 }, { name: "Admins", value: users.admins, colour: 3 }] })),
    h("section.panel", donut({ title: "Enrollments by state", unit: "enrollments", show: count, total: enrollments.total,
      data: STATES.map(({ code, name, colour }) => ({ name, colour, value: enrollments[code] })), empty: "Nobody enrolled yet." })),
    h("section.panel", donut({ title: "Courses", unit: "courses", show: count, total: courses.total, data: [
      { name: "Published", value: courses.published, colour: 1 }, { name: "Drafts", value: courses.draft, colour: 2 }], note: courses.hidden ? `${courses.hidden} hidden by moderation` : null, empty: "No courses yet." })),
    h("section.panel", bars({ title: "Revenue by course", note: `After refunds, in ${currency}`, series: [{ name: "Revenue", colour: 1 }], show, axis, least: 10_000,
      data: top.map((one) => ({ name: one.title, values: [one.net] })), empty: "No income yet." })),
  ];

  /** The last months without a gap: one without income is a zero, not a missing point. */
  function lastMonths(known) {
    if (!known.length) return [];
    const byMonth = new Map(known.map((one) => [one.month, one]));
    const last = known.map((one) => one.month).sort().at(-1);
    const first = [...byMonth.keys()].sort()[0];
    const all = [];
    for (let at = last; all.length < MONTHS && (at >= first || all.length < 6); at = before(at)) all.unshift(at);
    return all.map((name) => {
      const one = byMonth.get(name) ?? { net: 0, gross: 0, refunded: 0 };
      return { name: month(name), value: one.net, more: [show(one.gross), show(one.refunded)] };
    });
  }
}

function before(name) {
  const [year, number] = name.split("-").map(Number);
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, "0")}`;
}
