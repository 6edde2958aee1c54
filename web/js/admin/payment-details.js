// The details of one order: payment, enrollment, and refunds.
import { createIdempotent, post } from "../api/client.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { textField } from "../ui/fields.js";
import { formatDateTime, formatMoney, toMinor, titleCase } from "../ui/format.js";
import { badge } from "../ui/components.js";
import { receiptLink } from "../invoice/receipt-link.js";
import { STATES } from "../invoice/states.js";
import { toast } from "../ui/toast.js";
import { nameReader } from "./names.js";

const REFUND_TEXTS = {
  pending: "on its way",
  processed: "processed",
  failed: "failed: the learner did not get it",
  reversed: "reversed: the bank sent it back",
  unknown: "in a status that Razorpay does not document",
};

const REQUEST_TEXTS = {
  open: "waits for Razorpay",
  made: "refunded",
  manual: "refunded outside Razorpay",
  in_full_refund: "part of the full refund",
  rejected: "rejected for good",
};

/** `show(state)` replaces the details after a change. */
export function paymentDetails({ payment, enrollment }, show) {
  const amount = (minor) => formatMoney({ amount: minor, currency: payment.currency });
  const rows = [
    ["Order", h("code", payment.order_id)],
    ["Payment", payment.payment_id ? h("code", payment.payment_id) : "none yet"],
    ["Status", [badge(payment.status), payment.reason && ` ${titleCase(payment.reason)}`]],
    ["Learner", nameReader().learner(payment.user_id)],
    ...(payment.discount > 0 ? [["List price", amount(payment.list_amount ?? payment.amount + payment.discount)],
      ["Discount", [amount(-payment.discount), payment.coupon && ", coupon ", payment.coupon && h("a", { href: `#/admin/coupons/${payment.coupon}` }, payment.coupon)]]] : []),
    ["Order amount", amount(payment.amount)],
    ["Captured", [amount(payment.captured_amount), RULE_LABELS[payment.amount_rule], payment.captured_at && formatDateTime(payment.captured_at)].filter(Boolean).join(", ")],
    ["Refunded", amount(payment.refunded_amount)],
    ...payment.refunds.map((refund) => ["Refund", [h("code", refund.id), ` ${amount(refund.amount)}, ${REFUND_TEXTS[refund.status]}`]]),
    ...payment.refund_requests.map((request) => ["Requested refund", [`${amount(request.amount)}, ${REQUEST_TEXTS[request.status]}`,
      rejectionText(request.rejection)]]),
    payment.learner_request && ["Learner's request", learnerRequest(payment.learner_request)],
    isFullRefundRejected(payment) && ["Refund rejected", rejectionText(payment.refund_error)],
    ...payment.extra_payments.filter((extra) => !payment.on_hold.some((hold) => hold.payment_id === extra.payment_id)).map((extra) =>
      ["Extra payment", [h("code", extra.payment_id), ` ${formatMoney(extra)}, paid in addition and refunded in full`, rejectionText(extra.refund_error)]]),
    ...payment.unresolved_payments.map((other) => ["Other payment", [h("code", other.payment_id), " may have succeeded too; Razorpay is asked until it is known"]]),
    ...payment.on_hold.map((hold) => ["On hold", hold.state === "on_hold" ? heldPayment(payment, hold, show) : `${formatMoney(hold)}, ${titleCase(hold.state).toLowerCase()}`]),
    payment.buyer && ["Buyer", buyerText(payment.buyer)],
    ["Course", h("a", { href: `#/courses/${payment.course_id}` }, enrollment?.course?.title ?? payment.course_id)],
    ["Enrollment", enrollment ? badge(enrollment.status) : "none"],
  ];
  const refundable = payment.status === "captured" && payment.captured_amount > payment.refunded_amount;
  return h("div.stack",
    h("dl.pairs", rows.filter(Boolean).map(([name, value]) => [h("dt", name), h("dd", value)])),
    h("div.actions",
      receiptLink(payment, `#/admin/payments/${payment.order_id}/receipt`),
      refundable && actionButton("Refund", { kind: "danger" }, () => refundPayment(payment, show)),
      pollButton(payment.order_id, show)));
}

/** The State that the invoice names, and a firm with its GSTIN. */
const buyerText = ({ state, gstin, name }) => [gstin && `${name}, GSTIN ${gstin}`, STATES.find(([code]) => code === state)?.[1]].filter(Boolean).join(", ");

const REQUEST_COLOURS = { open: "pending", approved: "active", declined: "failed" };

/** The learner's request for a refund: its state, its reason, and the note of an administrator. */
const learnerRequest = ({ number, state, reason, progress, requested_at, note, closed_by }) => [
  badge(REQUEST_COLOURS[state] ?? state, titleCase(state)), number > 1 && ` Request ${number},`, ` ${formatDateTime(requested_at)}, ${progress} % completed: ${reason}`,
  note && h("small", ` Note: ${note}`), closed_by && h("small", ` ${titleCase(closed_by)}`)];

/** Razorpay's reason for rejecting a refund; nothing without one. */
const rejectionText = (reason) => reason && h("small", ` Razorpay: ${reason}`);

/** Whether the whole balance is to be refunded, and Razorpay has made no refund of it. */
const isFullRefundRejected = ({ status, refund_error, refunds }) =>
  status === "refund_pending" && refund_error && !refunds.some((refund) => refund.status === "pending");

/** What an administrator is told after a refund was requested. */
function refundOutcome(payment, amount) {
  const isPartRejected = payment.refund_requests.some((request) => request.status === "open" && request.rejection && request.amount === amount);
  return isPartRejected || isFullRefundRejected(payment) ? "Razorpay rejected the refund for now. It is tried again until it is made." : "Refund started.";
}

/** Makes the server ask Razorpay about the order; also for an order that is unknown here. */
export function pollButton(orderId, show) {
  return actionButton("Ask Razorpay", {}, async () => {
    show(await post(`/api/payments/${orderId}/poll`));
    toast("This is what Razorpay reports now.");
  });
}

const RULE_LABELS = { fee_on_top: "with Razorpay's fee", offer: "reduced by an offer", accepted: "accepted by an administrator" };

function heldPayment(payment, hold, show) {
  const problem = payment.reason === "orphaned" ? "the course or the learner does not exist" : "not the amount of the order";
  return h("div.stack", h("span", `${formatMoney(hold)}, ${problem}`), h("div.actions",
    actionButton("Accept", {}, () => acceptHeldPayment(payment, hold, show)),
    actionButton("Refund", { kind: "danger" }, () => refundHeldPayment(payment, hold, show))));
}

function acceptHeldPayment(payment, hold, show) {
  const paid = formatMoney(hold);
  return confirmDialog({
    title: `Accept ${paid}?`,
    text: `It pays for this order of ${formatMoney(payment)}: the course opens to the learner, and the receipt shows ${paid}.`,
    confirm: "Accept payment",
    fields: [reasonField()],
  }, async (values) => {
    show(await post(`/api/payments/${payment.order_id}/accept`, { payment_id: hold.payment_id, ...values }));
    toast("The payment was accepted.");
  });
}

const refundHeldPayment = (payment, hold, show) => confirmRefund(payment, show, {
  title: `Refund ${formatMoney({ amount: hold.amount - hold.refunded_amount, currency: hold.currency })}?`,
  text: "This payment granted no access. It is refunded in full. This cannot be undone.",
}, { payment_id: hold.payment_id });

const reasonField = () => textField({ name: "reason", label: "Reason", required: true, maxlength: 120 });

function refundPayment(payment, show) {
  const balance = formatMoney({ amount: payment.captured_amount - payment.refunded_amount, currency: payment.currency });
  return confirmRefund(payment, show, {
    title: "Refund this payment?",
    text: "A full refund ends the learner's access; a partial refund does not. This cannot be undone.",
    fields: [textField({ name: "amount", label: `Amount in ${payment.currency}`, inputmode: "decimal", pattern: "[0-9][0-9,]*(\\.[0-9]{1,2})?", title: "An amount such as 499 or 499.50",
      hint: `Leave empty to refund the full balance: ${balance}.`, read: (input) => (input.trim() ? toMinor(input, payment.currency) : null) })],
  });
}

/** Asks for a reason and requests the refund; `target` names the payment when no field does. */
function confirmRefund(payment, show, { fields = [], ...options }, target = {}) {
  return confirmDialog({ ...options, confirm: "Refund", kind: "danger", fields: [...fields, reasonField()] }, async (values) => {
    const state = await createIdempotent(`/api/payments/${payment.order_id}/refund`, { ...target, ...values });
    show(state);
    toast(refundOutcome(state.payment, values.amount));
  });
}
