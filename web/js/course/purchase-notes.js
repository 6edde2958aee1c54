// What the purchase panel says about the state of a purchase.
import { h } from "../ui/dom.js";
import { formatDateTime, sentence } from "../ui/format.js";
import { icon } from "../ui/icons.js";

const note = (kind, iconName, title, text) => h("div.note", { class: kind }, icon(iconName), h("div", h("strong", title), h("p", text)));

export const waitingNote = (text) => h("p.note.wait", icon("clock"), h("span", text));

export const checkingNote = (order) => note("wait", "clock", "We are checking your payment",
  `If you paid, you get access automatically, usually within a minute, even if you close this page. If you did not pay, nothing is charged, and you can continue${order.expires_at ? ` until ${formatDateTime(order.expires_at)}` : ""}.`);

export const declinedNote = (reason) => note("bad", "alert", "The payment failed",
  `${sentence(reason)} You can try again. You will not be charged twice.`);

export const unfinishedNote = () => note("wait", "clock", "Your payment is not complete",
  "If you have paid, we are checking your payment and you get access automatically. If not, continue the payment.");

export const priceChangedNote = () => note("wait", "alert", "The price has changed", "Nothing was charged. Check the price before you continue.");

export const heldNote = (enrollment) => note("wait", "clock", "Your payment is being reviewed",
  `You paid another amount than the price (${enrollment.orders_on_hold[0]}). We will open the course or return the money. Please do not pay again.`);

const REASON_TEXTS = {
  expired: "The order expired without a payment. A late payment gives you access or is refunded.",
  withdrawn: "You cancelled this purchase.",
  refunded: "Your payment was refunded.",
  revoked: "An administrator revoked your access.",
  chargeback: "Your bank reversed the payment.",
  mismatch: "You paid another amount than the price, and the payment is returned to you.",
  not_captured: "The payment was not completed, and the amount was returned to you.",
};

export const cancelledNote = (enrollment) => note("", "alert", "You are no longer enrolled", REASON_TEXTS[enrollment.reason] ?? "This enrollment has ended.");
