import { get } from "../api/client.js";
import { area } from "../charts/area.js";
import { daysOf } from "../admin/periods.js";
import { paymentFacts } from "../admin/payment.js";
import { h } from "../ui/dom.js";
import { text } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { money, shortMoney, sums } from "../ui/format.js";
import { heading, stat, stats } from "../ui/parts.js";
import { panelBones } from "../ui/skeletons.js";

export const title = "Payments";
export const skeleton = panelBones;

export default async function page() {
  const { revenue } = await get("/api/dashboard/admin");
  const currency = revenue.gross[0]?.currency ?? "INR";
  const show = (amount) => money({ amount, currency });
  const days = revenue.by_day.some((one) => one.net.currency === currency) ? daysOf(revenue.by_day, currency) : [];
  return [
    heading("Payments", "What came in, what went back, and where any order stands."),
    stats(stat("Taken", sums(revenue.gross)), stat("Returned", sums(revenue.refunded)), stat("Net", sums(revenue.net))),
    h("section.panel", area({ title: "The last 30 days", note: `After refunds, in ${currency}`, columns: ["Day", "Net", "Taken", "Returned"], show,
      axis: (amount) => shortMoney(amount, currency), least: 10_000, empty: "No income in the last 30 days.",
      data: days.map((one) => ({ name: one.name, value: one.net, more: [show(one.gross), show(one.refunded)] })) })),
    lookup(),
  ];
}

function lookup() {
  const found = h("div", { "aria-live": "polite" });
  return h("section.panel.stack", h("h2", "Look up an order"), form({
    fields: [text({ name: "order_id", label: "Order", required: true, pattern: "order_[A-Za-z0-9]{14}", title: "order_ and 14 letters or digits", placeholder: "order_…",
      hint: "It is on the learner's receipt, under Purchases." })],
    submit: "Look up",
    kind: "",
    onsubmit: async ({ order_id }) => {
      found.replaceChildren();
      const show = (state) => found.replaceChildren(paymentFacts(state, show));
      show(await get(`/api/payments/${order_id}`));
    },
  }), found);
}
