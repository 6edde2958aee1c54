import { withQuery } from "../api/client.js";
import { h } from "../ui/dom.js";
import { moment, money, words } from "../ui/format.js";
import { growing } from "../ui/more.js";
import { badge, empty, heading } from "../ui/parts.js";
import { place } from "../ui/place.js";
import { rowBones } from "../ui/skeletons.js";
import { table } from "../ui/table.js";

export const title = "Payments";

const STATES = ["", "captured", "pending", "authorized", "failed", "refund_pending", "refunded"];

export default function page({ query }) {
  const status = query.get("status") ?? "";
  const view = table("Payments", [
    { name: "Order", cell: (one) => [h("code", one.order_id), one.payment_id && h("small", h("code", one.payment_id))] },
    { name: "When", cell: (one) => moment(one.created_at) },
    { name: "State", cell: (one) => [badge(one.status), one.reason && h("small", words(one.reason))] },
    { name: "Amount", number: true, cell: (one) => money(one) },
    { name: "Returned", number: true, cell: (one) => (one.refunded_amount ? money({ amount: one.refunded_amount, currency: one.currency }) : "–") },
  ]);
  return [
    heading("Payments", "Every order, newest first."),
    h("nav.tabs", { "aria-label": "States" }, STATES.map((code) => h("a", { href: `#${withQuery("/admin/payments", { status: code })}`, "aria-current": code === status ? "page" : null }, code ? words(code) : "All"))),
    place(rowBones(), () => growing(withQuery("/api/payments", { status }), { ...view, element: h("div.panel", view.element) }, () => empty("receipt", "No payments", "None in this state."))),
  ];
}
