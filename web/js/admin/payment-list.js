// All payments, newest order first.
import { withQuery } from "../api/client.js";
import { actionButton } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { formatDateTime, titleCase } from "../ui/format.js";
import { paginatedList } from "../ui/paginated-list.js";
import { badge, orderAmounts } from "../ui/components.js";
import { asyncRegion } from "../ui/async-region.js";
import { rowSkeleton } from "../ui/skeletons.js";
import { table } from "../ui/table.js";

const STATUSES = ["pending", "authorized", "captured", "failed", "refund_pending", "refunded"];

/** `status` is the initial filter, "" for all; `showPayment(orderId)` shows one order. */
export function paymentList(status, showPayment) {
  const list = h("div");
  const draw = () => list.replaceChildren(asyncRegion(rowSkeleton(), () => rows(select.value, showPayment)));
  const select = h("select", { name: "status", "aria-label": "Status", on: { change: draw } },
    h("option", { value: "" }, "All statuses"), STATUSES.map((code) => h("option", { value: code, selected: code === status }, titleCase(code))));
  draw();
  return h("section.panel", h("header.panel-head", h("h2", "All payments"), h("div.filters", select)), list);
}

function rows(status, showPayment) {
  const view = table("All payments", [
    { name: "Order", cell: (one) => h("code", one.order_id) },
    { name: "Date", cell: (one) => formatDateTime(one.created_at) },
    { name: "Status", cell: (one) => [badge(one.status), one.reason && h("small", titleCase(one.reason)), one.refund_error && h("small", one.refund_error)] },
    { name: "Amount", number: true, cell: orderAmounts },
    { name: "", actions: true, cell: (one) => actionButton("View", { kind: "small" }, () => showPayment(one.order_id)) },
  ]);
  return paginatedList(withQuery("/api/payments", { status }), view, () => h("p.nothing", "None."), 10);
}
