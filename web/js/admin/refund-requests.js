// The open requests of learners for a refund, the longest open first, with the decision about each.
import { post } from "../api/client.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { textArea } from "../ui/fields.js";
import { formatDateTime, formatMoney } from "../ui/format.js";
import { paginatedList } from "../ui/paginated-list.js";
import { asyncRegion } from "../ui/async-region.js";
import { rowSkeleton } from "../ui/skeletons.js";
import { table } from "../ui/table.js";
import { nameReader } from "./names.js";
import { toast } from "../ui/toast.js";

const MAX_LENGTH = 500;

/** `showPayment(orderId)` shows the order of a request. */
export function refundRequestList(showPayment) {
  const list = h("div");
  const draw = () => list.replaceChildren(asyncRegion(rowSkeleton(), () => rows(showPayment, draw)));
  draw();
  return h("section.panel", h("header.panel-head", h("h2", "Refund requests")), list);
}

function rows(showPayment, draw) {
  const names = nameReader();
  const view = table("Refund requests", [
    { name: "Order", cell: (one) => [h("code", one.order_id), h("small", names.course(one.course_id)), h("small", names.learner(one.user_id))] },
    { name: "Requested", cell: (one) => [formatDateTime(one.learner_request.requested_at), one.learner_request.number > 1 && h("small", ` request ${one.learner_request.number}`)].filter(Boolean) },
    { name: "Reason", cell: (one) => one.learner_request.reason },
    { name: "Completed", number: true, cell: (one) => `${one.learner_request.progress} %` },
    { name: "Refund", number: true, cell: (one) => [balance(one), one.refunded_amount > 0 && h("small", `of ${formatMoney({ amount: one.captured_amount, currency: one.currency })}`)] },
    { name: "", actions: true, cell: (one) => [
      ...decisionsOf(one, draw),
      actionButton("View", { kind: "small" }, () => showPayment(one.order_id))] },
  ]);
  return paginatedList("/api/payments/refund-requests", view, () => h("p.nothing", "None."), 10);
}

const WAITING_TEXTS = {
  dispute: "A dispute is open: decide when it has ended.",
  refund: "Refunds of the whole balance are under way: decide if they fail.",
};

/** The buttons to decide about a request, or why it cannot be decided now. */
const decisionsOf = (payment, draw) => (payment.learner_request.waits_for ? [h("small", WAITING_TEXTS[payment.learner_request.waits_for])] : [
  actionButton("Approve", { kind: "small" }, () => decide(payment, "approve", draw)),
  actionButton("Decline", { kind: "small" }, () => decide(payment, "decline", draw))]);

const balance = (payment) => formatMoney({ amount: payment.captured_amount - payment.refunded_amount, currency: payment.currency });

const DECISIONS = {
  approve: {
    title: (payment) => `Refund ${balance(payment)}?`,
    text: "The learner's access ends, and the rest of the payment is refunded. This cannot be undone.",
    confirm: "Approve and refund",
    kind: "danger",
    note: "Approved",
    done: "Approved: the refund was started.",
  },
  decline: {
    title: () => "Decline this request?",
    text: "The learner keeps the course, and cannot request this refund again.",
    confirm: "Decline",
    kind: "primary",
    note: "",
    done: "Declined.",
  },
};

function decide(payment, decision, draw) {
  const { title, text, confirm, kind, note, done } = DECISIONS[decision];
  return confirmDialog({
    title: title(payment), text, confirm, kind,
    fields: [textArea({ name: "note", label: "Note to the learner", value: note, required: true, maxlength: MAX_LENGTH, rows: 3, hint: "The learner reads it with your decision." })],
  }, async (values) => {
    await post(`/api/payments/${payment.order_id}/refund-request/decision`, { decision, number: payment.learner_request.number, ...values });
    draw();
    toast(done);
  });
}
