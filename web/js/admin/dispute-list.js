// The disputes of payments: open ones first, by the deadline for the answer.
import { actionButton } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { formatDateTime, formatMoney, titleCase } from "../ui/format.js";
import { paginatedList } from "../ui/paginated-list.js";
import { badge } from "../ui/components.js";
import { asyncRegion } from "../ui/async-region.js";
import { rowSkeleton } from "../ui/skeletons.js";
import { table } from "../ui/table.js";

export const NEEDS_ANSWER = ["open", "unknown"];

/** `showPayment(orderId)` shows the order of a dispute. */
export function disputeList(showPayment) {
  return h("section.panel", h("header.panel-head", h("h2", "Disputes")), asyncRegion(rowSkeleton(), () => rows(showPayment)));
}

function rows(showPayment) {
  const view = table("Disputes", [
    { name: "Order", cell: (one) => h("code", one.order_id) },
    { name: "Status", cell: (one) => [badge(one.status), h("small", titleCase(one.phase)), h("small", titleCase(one.reason))] },
    { name: "Answer by", cell: deadline },
    { name: "Amount", number: true, cell: (one) => [formatMoney(one), one.deducted > 0 && h("small", `${formatMoney({ amount: one.deducted, currency: one.currency })} deducted`)] },
    { name: "", actions: true, cell: (one) => actionButton("View", { kind: "small" }, () => showPayment(one.order_id)) },
  ]);
  return paginatedList("/api/disputes", view, () => h("p.nothing", "None."), 10);
}

/** The deadline of a dispute that Razorpay's dashboard still expects an answer to. */
function deadline(dispute) {
  return NEEDS_ANSWER.includes(dispute.status) && dispute.respond_by ? formatDateTime(dispute.respond_by) : "";
}
