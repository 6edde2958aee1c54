// Every payment there is, newest order first.
import { withQuery } from "../api/client.js";
import { action } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { moment, words } from "../ui/format.js";
import { growing } from "../ui/paginated-list.js";
import { badge, orderSums } from "../ui/components.js";
import { place } from "../ui/async-region.js";
import { rowBones } from "../ui/skeletons.js";
import { table } from "../ui/table.js";

const STATES = ["pending", "authorized", "captured", "failed", "refund_pending", "refunded"];

/** `status` is chosen at first, "" for all; `look(order)` shows one order. */
export function register(status, look) {
  const list = h("div");
  const draw = () => list.replaceChildren(place(rowBones(), () => rows(select.value, look)));
  const select = h("select", { name: "status", "aria-label": "State", on: { change: draw } },
    h("option", { value: "" }, "All states"), STATES.map((code) => h("option", { value: code, selected: code === status }, words(code))));
  draw();
  return h("section.panel", h("header.panel-head", h("h2", "All payments"), h("div.filters", select)), list);
}

function rows(status, look) {
  const view = table("All payments", [
    { name: "Order", cell: (one) => h("code", one.order_id) },
    { name: "When", cell: (one) => moment(one.created_at) },
    { name: "State", cell: (one) => [badge(one.status), one.reason && h("small", words(one.reason)), one.refund_error && h("small", one.refund_error)] },
    { name: "Amount", number: true, cell: orderSums },
    { name: "", acts: true, cell: (one) => action("Look", { kind: "small" }, () => look(one.order_id)) },
  ]);
  return growing(withQuery("/api/payments", { status }), view, () => h("p.nothing", "None."), 10);
}
