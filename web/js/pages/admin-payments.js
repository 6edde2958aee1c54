import { get } from "../api/client.js";
import { areaChart } from "../charts/area.js";
import { disputeList } from "../admin/dispute-list.js";
import { daysOf } from "../admin/periods.js";
import { paymentDetails, pollButton } from "../admin/payment-details.js";
import { paymentList } from "../admin/payment-list.js";
import { refundRequestList } from "../admin/refund-requests.js";
import { h } from "../ui/dom.js";
import { textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { formatMoney, formatShortMoney, moneyList } from "../ui/format.js";
import { pageHeading, stat, stats } from "../ui/components.js";
import { panelSkeleton } from "../ui/skeletons.js";

export const title = "Payments";
export const skeleton = panelSkeleton;

export default async function page({ query }) {
  const { revenue, users } = await get("/api/dashboard/admin");
  const currency = revenue.gross[0]?.currency ?? "INR";
  const show = (amount) => formatMoney({ amount, currency });
  const days = revenue.by_day.some((one) => one.net.currency === currency) ? daysOf(revenue.by_day, currency, users.new_by_day.map((one) => one.day)) : [];
  return [
    pageHeading("Payments", "Revenue, refunds, disputes, and the status of every order."),
    stats(stat("Gross", moneyList(revenue.gross)), stat("Refunded", moneyList(revenue.refunded)), stat("Net", moneyList(revenue.net)), stat("Discounts", moneyList(revenue.discount), "off the list prices")),
    h("section.panel", areaChart({ title: "Last 30 days", note: `After refunds, in ${currency}`, columns: ["Day", "Net", "Gross", "Refunded"], show,
      axis: (amount) => formatShortMoney(amount, currency), least: 10_000, empty: "No revenue in the last 30 days.",
      data: days.map((one) => ({ name: one.name, value: one.net, more: [show(one.gross), show(one.refunded)] })) })),
    ...orderSections(query.get("status") ?? ""),
  ];
}

/** The lookup of one order, and the list of all orders. */
function orderSections(status) {
  const found = h("div", { "aria-live": "polite" });
  const show = (state) => found.replaceChildren(paymentDetails(state, show));
  let requestCount = 0;
  const showOrder = async (order) => {
    const request = (requestCount += 1);
    found.replaceChildren();
    try {
      const state = await get(`/api/payments/${order}`);
      if (request === requestCount) show(state); // of two concurrent requests, show the later one
    } catch (problem) {
      if (problem.code !== "order_not_found" || request !== requestCount) throw problem;
      found.replaceChildren(h("p", `${order} is unknown here. Razorpay may know it.`), pollButton(order, show));
    }
  };
  const lookup = h("section.panel.stack", h("h2", "Look up an order"), form({
    fields: [textField({ name: "order_id", label: "Order", required: true, pattern: "order_[A-Za-z0-9]{14}", title: "order_ and 14 letters or digits", placeholder: "order_…",
      hint: "The order id is on the learner's receipt." })],
    submit: "Look up",
    kind: "",
    onsubmit: ({ order_id }) => showOrder(order_id),
  }), found);
  const view = async (order) => {
    await showOrder(order);
    lookup.scrollIntoView({ block: "nearest" });
  };
  return [lookup, refundRequestList(view), disputeList(view), paymentList(status, view)];
}
