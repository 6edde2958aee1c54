// The table of instructors with their counters and revenue.
import { h } from "../ui/dom.js";
import { formatCount, formatDate, moneyList } from "../ui/format.js";
import { emptyState } from "../ui/components.js";
import { table } from "../ui/table.js";

export function instructorTable(all) {
  if (!all.length) return emptyState("people", "No instructors yet", "They appear here with their first course.");
  const view = table("Instructors", [
    { name: "Instructor", cell: (one) => one.name },
    { name: "Courses", number: true, cell: (one) => [formatCount(one.courses), h("small", `${one.published} published`)] },
    { name: "Enrollments", number: true, cell: (one) => formatCount(one.enrollments) },
    { name: "Active students", number: true, cell: (one) => formatCount(one.students) },
    { name: "Completions", number: true, cell: (one) => formatCount(one.completions) },
    { name: "Last active", cell: (one) => (one.last_activity ? formatDate(one.last_activity) : "–") },
    { name: "Revenue", number: true, cell: (one) => moneyList(one.revenue) },
  ]);
  view.fill(all);
  return view.element;
}
