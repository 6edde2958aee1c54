import { get } from "../api/client.js";
import { area } from "../charts/area.js";
import { daysOf } from "../admin/periods.js";
import { paymentFacts } from "../admin/payment-details.js";
import { register } from "../admin/payment-list.js";
import { h } from "../ui/dom.js";
import { text } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { money, shortMoney, sums } from "../ui/format.js";
import { heading, stat, stats } from "../ui/components.js";
import { panelBones } from "../ui/skeletons.js";

export const title = "Payments";
export const skeleton = panelBones;

export default async function page({ query }) {
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
    ...orders(query.get("status") ?? ""),
  ];
}

/** One order to look up, and all there are to choose it from. */
function orders(status) {
  const found = h("div", { "aria-live": "polite" });
  const show = (state) => found.replaceChildren(paymentFacts(state, show));
  let asked = 0;
  const look = async (order) => {
    const mine = (asked += 1);
    found.replaceChildren();
    const state = await get(`/api/payments/${order}`);
    if (mine === asked) show(state); // of two that were asked for, the one that was asked for last
  };
  const one = h("section.panel.stack", h("h2", "Look up an order"), form({
    fields: [text({ name: "order_id", label: "Order", required: true, pattern: "order_[A-Za-z0-9]{14}", title: "order_ and 14 letters or digits", placeholder: "order_…",
      hint: "It is on the learner's receipt, under Purchases." })],
    submit: "Look up",
    kind: "",
    onsubmit: ({ order_id }) => look(order_id),
  }), found);
  return [one, register(status, async (order) => {
    await look(order);
    one.scrollIntoView({ block: "nearest" });
  })];
}
