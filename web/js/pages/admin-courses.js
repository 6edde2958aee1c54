import { patch } from "../api/client.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { textField, checkboxField } from "../ui/fields.js";
import { formatCount, formatPrice, moneyList } from "../ui/format.js";
import { paginatedList } from "../ui/paginated-list.js";
import { badge, emptyState, pageHeading } from "../ui/components.js";
import { rowSkeleton } from "../ui/skeletons.js";
import { table } from "../ui/table.js";
import { toast } from "../ui/toast.js";

export const title = "Moderation";
export const skeleton = rowSkeleton;

export default async function page() {
  const view = table("Courses", [
    { name: "Course", cell: (one) => [h("a", { href: `#/courses/${one.id}` }, one.title), h("small", one.instructor.name)] },
    { name: "Status", cell: (one) => [h("span.row", badge(one.status), one.hidden && badge("hidden", one.closed_to_learners ? "Closed to enrolled learners" : "Hidden")), one.moderation_reason && h("small", one.moderation_reason)] },
    { name: "Price", number: true, cell: (one) => formatPrice(one.price) },
    { name: "Learners", number: true, cell: (one) => formatCount(one.enrollments.active + one.enrollments.completed) },
    { name: "Revenue", number: true, cell: (one) => moneyList(one.revenue) },
    { name: "", actions: true, cell: moderateButton },
  ]);
  return [
    pageHeading("Moderation", "A hidden course is removed from the catalogue immediately. Enrolled learners keep access unless you close it to them, too."),
    await paginatedList("/api/dashboard/admin/courses", { ...view, element: h("div.panel", view.element) }, () => emptyState("book", "No courses yet", "Courses appear here once they are created.")),
  ];
}

function moderateButton(course, redraw) {
  const hidden = !course.hidden;
  const verb = hidden ? "Hide" : "Restore";
  return actionButton(verb, { kind: hidden ? "danger small" : "small" }, () => confirmDialog({
    title: `${verb} “${course.title}”?`,
    text: hidden ? "The course cannot be found or bought until it is restored. The instructor sees your reason." : "The course is public again.",
    confirm: `${verb} course`,
    kind: hidden ? "danger" : "primary",
    fields: [
      textField({ name: "reason", label: "Reason", required: true, maxlength: 120 }),
      ...(hidden ? [checkboxField({ name: "close", label: "Close it to enrolled learners, too", hint: "Otherwise enrolled learners keep access. Refunds are separate: see Payments." })] : []),
    ],
  }, async ({ reason, close = false }) => {
    await patch(`/api/courses/${course.id}/moderation`, { hidden, reason, close });
    redraw({ ...course, hidden, closed_to_learners: close, moderation_reason: hidden ? reason : null });
    toast(hidden ? "The course is hidden." : "The course is restored.");
  }));
}
