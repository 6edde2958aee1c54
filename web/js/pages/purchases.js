import { enrollments } from "../enrollments.js";
import { receiptLink } from "../invoice/receipt-link.js";
import { refundCell } from "../refunds/learner-request.js";
import { h } from "../ui/dom.js";
import { formatDateTime } from "../ui/format.js";
import { paginatedList } from "../ui/paginated-list.js";
import { badge, emptyState, pageHeading, linkButton, orderAmounts } from "../ui/components.js";
import { rowSkeleton } from "../ui/skeletons.js";
import { table } from "../ui/table.js";

export const title = "Purchases";
export const skeleton = rowSkeleton;

export default async function page() {
  const titles = await enrollments();
  const list = table("Your payments", [
    { name: "Course", cell: (one) => h("a", { href: `#/courses/${one.course_id}` }, titles.get(one.course_id)?.course?.title ?? "Deleted course") },
    { name: "Date", cell: (one) => formatDateTime(one.created_at) },
    { name: "Status", cell: (one) => [badge(one.status, isOnHold(one) ? "On hold" : STATUS_LABELS[one.status]), one.reason && h("small", REASON_LABELS[one.reason] ?? one.reason)] },
    { name: "Amount", number: true, cell: orderAmounts },
    { name: "Refund", cell: (one, redraw) => refundCell(one, titles.get(one.course_id), redraw) },
    { name: "Order", cell: (one) => h("code", one.order_id) },
    { name: "", actions: true, cell: (one) => receiptLink(one, `#/purchases/${one.order_id}`, "small") },
  ]);
  const none = () => emptyState("receipt", "No purchases", "Your purchases and their receipts appear here.", linkButton("Browse courses", "#/", "primary"));
  return [pageHeading("Purchases", "Your orders and their status."), await paginatedList("/api/payments/my", { ...list, element: h("div.panel", list.element) }, none)];
}

const isOnHold = (one) => one.on_hold.some((hold) => hold.state === "on_hold");

const STATUS_LABELS = {
  pending: "Not paid yet",
  authorized: "Paid",
  captured: "Paid",
  failed: "Not paid",
  refund_pending: "Refund pending",
  refunded: "Refunded",
};

const REASON_LABELS = {
  expired: "Not paid in time",
  superseded: "Replaced by a newer order",
  mismatch: "The paid amount differs from the order amount",
  orphaned: "The course of this order is unknown",
  duplicate: "Duplicate payment",
  no_longer_wanted: "Paid after you cancelled the purchase",
  requested: "Refund requested",
  not_captured: "The payment was not completed",
  chargeback: "Reversed by the bank",
  refunded: "Refunded",
};
