// Who teaches what, and what comes of it.
import { h } from "../ui/dom.js";
import { count, day, sums } from "../ui/format.js";
import { empty } from "../ui/components.js";
import { table } from "../ui/table.js";

export function instructors(all) {
  if (!all.length) return empty("people", "No instructors yet", "They appear here with their first course.");
  const view = table("Instructors", [
    { name: "Instructor", cell: (one) => one.name },
    { name: "Courses", number: true, cell: (one) => [count(one.courses), h("small", `${one.published} published`)] },
    { name: "Enrollments", number: true, cell: (one) => count(one.enrollments) },
    { name: "Active students", number: true, cell: (one) => count(one.students) },
    { name: "Completions", number: true, cell: (one) => count(one.completions) },
    { name: "Last active", cell: (one) => (one.last_activity ? day(one.last_activity) : "–") },
    { name: "Revenue", number: true, cell: (one) => sums(one.revenue) },
  ]);
  view.fill(all);
  return view.element;
}
