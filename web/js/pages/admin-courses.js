import { patch } from "../api/client.js";
import { action } from "../ui/button.js";
import { ask } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { text, tick } from "../ui/fields.js";
import { count, price, sums } from "../ui/format.js";
import { growing } from "../ui/paginated-list.js";
import { badge, empty, heading } from "../ui/components.js";
import { rowBones } from "../ui/skeletons.js";
import { table } from "../ui/table.js";
import { toast } from "../ui/toast.js";

export const title = "Moderation";
export const skeleton = rowBones;

export default async function page() {
  const view = table("Courses", [
    { name: "Course", cell: (one) => [h("a", { href: `#/courses/${one.id}` }, one.title), h("small", one.instructor.name)] },
    { name: "State", cell: (one) => [h("span.row", badge(one.status), one.hidden && badge("hidden", one.closed_to_learners ? "Closed to its learners" : "Hidden")), one.moderation_reason && h("small", one.moderation_reason)] },
    { name: "Price", number: true, cell: (one) => price(one.price) },
    { name: "Learners", number: true, cell: (one) => count(one.enrollments.active + one.enrollments.completed) },
    { name: "Revenue", number: true, cell: (one) => sums(one.revenue) },
    { name: "", acts: true, cell: moderation },
  ]);
  return [
    heading("Moderation", "A hidden course leaves the catalogue at once. Who has it keeps it, unless you close it to them, too."),
    await growing("/api/dashboard/admin/courses", { ...view, element: h("div.panel", view.element) }, () => empty("book", "No courses yet", "Courses appear here as soon as they are drafts.")),
  ];
}

function moderation(course, redraw) {
  const hidden = !course.hidden;
  const verb = hidden ? "Hide" : "Restore";
  return action(verb, { kind: hidden ? "danger small" : "small" }, () => ask({
    title: `${verb} “${course.title}”?`,
    text: hidden ? "Nobody can find or buy it until it is restored. The instructor sees your reason." : "Everybody can find it again.",
    confirm: `${verb} course`,
    kind: hidden ? "danger" : "primary",
    fields: [
      text({ name: "reason", label: "Reason", required: true, maxlength: 120 }),
      ...(hidden ? [tick({ name: "close", label: "Close it to its learners, too", hint: "They keep what they paid for unless you do. Giving money back is a decision of its own, under Payments." })] : []),
    ],
  }, async ({ reason, close = false }) => {
    await patch(`/api/courses/${course.id}/moderation`, { hidden, reason, close });
    redraw({ ...course, hidden, closed: close, moderation_reason: hidden ? reason : null });
    toast(hidden ? "The course is hidden." : "The course is back.");
  }));
}
