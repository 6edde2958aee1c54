// One order: the money, the enrollment it is for, and giving it back.
import { create } from "../api/client.js";
import { action } from "../ui/button.js";
import { ask } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { text } from "../ui/fields.js";
import { moment, money, toMinor, words } from "../ui/format.js";
import { badge } from "../ui/parts.js";
import { toast } from "../ui/toast.js";

/** `show(state)` draws a changed one in its place. */
export function paymentFacts({ payment, enrollment }, show) {
  const amount = (minor) => money({ amount: minor, currency: payment.currency });
  const facts = [
    ["Order", h("code", payment.order_id)],
    ["Payment", payment.payment_id ? h("code", payment.payment_id) : "none yet"],
    ["State", [badge(payment.status), payment.reason && ` ${words(payment.reason)}`]],
    ["Asked for", amount(payment.amount)],
    ["Captured", payment.captured_at ? `${amount(payment.captured_amount)}, ${moment(payment.captured_at)}` : amount(payment.captured_amount)],
    ["Returned", amount(payment.refunded_amount)],
    payment.held_amount > 0 && ["Held", `${amount(payment.held_amount)}, which is not what was asked for`],
    ["Course", h("a", { href: `#/courses/${payment.course_id}` }, enrollment?.course?.title ?? payment.course_id)],
    ["Enrollment", enrollment ? badge(enrollment.status) : "none"],
  ];
  const returnable = left(payment) > 0 && (payment.status === "captured" || payment.held_amount > 0);
  return h("div.stack",
    h("dl.pairs", facts.filter(Boolean).map(([name, value]) => [h("dt", name), h("dd", value)])),
    returnable && h("div", action("Give it back", { kind: "danger" }, () => refund(payment, show))));
}

function left(payment) {
  return payment.held_amount || payment.captured_amount - payment.refunded_amount;
}

function refund(payment, show) {
  const rest = money({ amount: left(payment), currency: payment.currency });
  return ask({
    title: "Give this payment back?",
    text: payment.held_amount ? "It opened no course, and goes back whole." : "All of it ends the learner's access. A part does not. This cannot be taken back.",
    confirm: "Give it back",
    kind: "danger",
    fields: [
      !payment.held_amount && text({ name: "amount", label: `Amount in ${payment.currency}`, inputmode: "decimal", pattern: "[0-9][0-9,]*(\\.[0-9]{1,2})?", title: "An amount such as 499 or 499.50",
        hint: `Empty for all that is left: ${rest}.`, read: (typed) => (typed.trim() ? toMinor(typed, payment.currency) : null) }),
      text({ name: "reason", label: "Reason", required: true, maxlength: 120 }),
    ].filter(Boolean),
  }, async ({ amount = null, reason }) => {
    show(await create(`/api/payments/${payment.order_id}/refund`, amount === null ? { reason } : { amount, reason }));
    toast("The money is on its way back.");
  });
}
