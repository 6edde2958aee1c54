// Who teaches what, and what comes of it.
import { h } from "../ui/dom.js";
import { count, money } from "../ui/format.js";
import { empty } from "../ui/parts.js";
import { table } from "../ui/table.js";

export function instructors(all) {
  if (!all.length) return empty("people", "No instructors yet", "They appear here with their first course.");
  const view = table("Instructors", [
    { name: "Instructor", cell: (one) => one.name },
    { name: "Courses", number: true, cell: (one) => [count(one.total_courses), h("small", `${one.published_courses} published`)] },
    { name: "Enrollments", number: true, cell: (one) => count(one.total_enrollments) },
    { name: "Active students", number: true, cell: (one) => count(one.active_students) },
    { name: "Completions", number: true, cell: (one) => count(one.completions) },
    { name: "Revenue", number: true, cell: (one) => [one.revenue].flat().filter(Boolean).map(money).join(" + ") || "–" },
  ]);
  view.fill(all);
  return view.element;
}
