// A learner's own request for a refund of a payment: whether it is possible, its state, and how to take it back.
import { createIdempotent, remove } from "../api/client.js";
import { cacheEnrollment } from "../enrollments.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { textArea } from "../ui/fields.js";
import { formatDateTime, formatMoney } from "../ui/format.js";
import { badge } from "../ui/components.js";
import { toast } from "../ui/toast.js";

const MAX_LENGTH = 500;

const STATE_LABELS = {
  open: "Requested",
  approved: "Approved",
  declined: "Declined",
  withdrawn: "Request withdrawn",
  closed: "Request closed",
};

/** The status whose colour a state has. */
const STATE_COLOURS = { open: "pending", approved: "active", declined: "failed" };

const CLOSED_TEXTS = {
  refund: "The payment was refunded.",
  dispute: "Your bank returned the payment.",
  access_revoked: "Your access was ended, and the payment is refunded.",
};

const WAITING_TEXTS = {
  dispute: "Your bank decides about the payment first.",
  refund: "A refund is under way. Your request stays open in case it fails.",
};

/** The request for a refund of a payment. `enrollment` is the learner's in its course, if any; `redraw(payment)` shows a change. */
export function refundCell(payment, enrollment, redraw) {
  const request = payment.learner_request;
  const parts = [request && stateOf(request), request?.state === "open" && withdrawButton(payment, redraw), payment.refund_terms && offer(payment, enrollment, redraw),
    isUsedUp(payment) && h("small", "You cannot request this refund again here. Write to the seller if you still want it.")].filter(Boolean);
  return parts.length > 0 && h("div.stack", parts.map((part) => h("div", part)));
}

/** Whether an earlier request ended without a decision, and no other is possible: too many, or too late. */
const isUsedUp = ({ status, learner_request: request, refund_terms }) => status === "captured" && !refund_terms && ["withdrawn", "closed"].includes(request?.state);

function stateOf({ state, reason, note, closed_by, waits_for, requested_at, ended_at }) {
  return [badge(STATE_COLOURS[state] ?? state, STATE_LABELS[state]), h("small", formatDateTime(ended_at ?? requested_at)), h("small", `Your reason: ${reason}`),
    closed_by && h("small", CLOSED_TEXTS[closed_by]), waits_for && h("small", WAITING_TEXTS[waits_for]), note && h("small", `The seller: ${note}`)];
}

/** The button to request a refund, and until when; or why it would be refused. */
function offer(payment, enrollment, redraw) {
  const { until, progress_limit } = payment.refund_terms;
  if (completedPercent(enrollment) > progress_limit) return h("small", `No refund: more than ${progress_limit} % of the lessons are completed`);
  return [actionButton("Request refund", { kind: "small" }, () => requestRefund(payment, redraw)), h("small", `until ${formatDateTime(until)}`)];
}

const completedPercent = (enrollment) => (enrollment?.certificate_id ? 100 : enrollment?.progress.percent ?? 0);

function requestRefund(payment, redraw) {
  const { until, progress_limit } = payment.refund_terms;
  const balance = formatMoney({ amount: payment.captured_amount - payment.refunded_amount, currency: payment.currency });
  return confirmDialog({
    title: `Request a refund of ${balance}?`,
    text: `You can do so until ${formatDateTime(until)}, with at most ${progress_limit} % of the lessons completed. You keep the course until the request is approved; then your access ends.`,
    confirm: "Request refund",
    fields: [textArea({ name: "reason", label: "Reason", required: true, maxlength: MAX_LENGTH, rows: 4, hint: "The seller reads it." })],
  }, async (values) => {
    const changed = await createIdempotent(`/api/payments/${payment.order_id}/refund-request`, values);
    await show(changed, redraw);
    toast(changed.payment.learner_request.state === "approved" ? "Approved: your refund was started." : "Your request was sent.");
  });
}

function withdrawButton(payment, redraw) {
  return actionButton("Withdraw request", { kind: "small" }, async () => {
    await show(await remove(`/api/payments/${payment.order_id}/refund-request`), redraw);
    toast("Your request was withdrawn.");
  });
}

async function show({ payment, enrollment }, redraw) {
  if (enrollment) await cacheEnrollment(enrollment);
  redraw(payment);
}
