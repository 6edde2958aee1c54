import { get, withQuery } from "../api/client.js";
import { gstr1Panel, ledgerPanel, payoutsPanel } from "../reports/account-tables.js";
import { monthFigures } from "../reports/month-figures.js";
import { h } from "../ui/dom.js";
import { formatDateTime, formatMonth, monthOf, plural } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { pageHeading } from "../ui/components.js";
import { panelSkeleton } from "../ui/skeletons.js";

const LISTED_MONTHS = 36;

export const title = "Reports";
export const skeleton = panelSkeleton;

export default async function page({ query, signal, go }) {
  const current = monthOf(new Date());
  const month = query.get("month") ?? current;
  const report = await get(withQuery("/api/reports/month", { month }));
  const figures = monthFigures(report).filter(Boolean);
  return [
    pageHeading("Reports", `What was sold, taxed and paid out in ${formatMonth(month)}.`, monthPicker(month, current, go)),
    ...notes(report),
    ...(figures.length ? figures : [h("section.panel", h("p.nothing", "Nothing was sold or recorded up to this month."))]),
    payoutsPanel(month, signal),
    ledgerPanel(month, signal),
    gstr1Panel(month, signal),
  ];
}

function monthPicker(month, current, go) {
  const months = lastMonths(current);
  if (!months.includes(month)) months.unshift(month);
  return h("div.filters", h("select", { name: "month", "aria-label": "Month", on: { change: (event) => go(`/admin/reports?month=${event.target.value}`) } },
    months.map((one) => h("option", { value: one, selected: one === month }, formatMonth(one)))));
}

/** The months up to `current`, the latest first. */
function lastMonths(current) {
  const [year, number] = current.split("-").map(Number);
  return Array.from({ length: LISTED_MONTHS }, (_, ago) => new Date(Date.UTC(year, number - 1 - ago, 1)).toISOString().slice(0, 7));
}

/** What the figures do not contain yet. */
function notes({ month, waiting_documents: waiting, recorded_until: recorded, unreadable }) {
  const texts = [];
  if (unreadable.length) texts.push(`Sums that cannot be read, and what depends on them, are not shown: ${unreadable.join(", ")}.`);
  if (waiting) texts.push(`${waiting >= 100 ? "100 or more documents" : plural(waiting, "document")} without a number ${waiting === 1 ? "is" : "are"} in no month yet. Documents get their numbers within minutes.`);
  if (!recorded) texts.push("The account at Razorpay is not recorded yet: the nightly reconciliation has not run.");
  else if (monthOf(new Date(recorded)) <= month) texts.push(`The account at Razorpay is recorded until ${formatDateTime(recorded)}. Disputes and adjustments follow with their payout.`);
  return texts.map((text) => h("div.note.wait", icon("clock"), h("p", text)));
}
