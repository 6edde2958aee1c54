// One order: the money, the enrollment it is for, and giving it back.
import { create } from "../api/client.js";
import { action } from "../ui/button.js";
import { ask } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { text } from "../ui/fields.js";
import { moment, money, toMinor, words } from "../ui/format.js";
import { badge } from "../ui/components.js";
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
    ...payment.on_hold.map((one) => ["Held", [`${money(one)}, which is not what was asked for `,
      action("Give it back", { kind: "danger" }, () => giveBack(payment, one, show))]]),
    ["Course", h("a", { href: `#/courses/${payment.course_id}` }, enrollment?.course?.title ?? payment.course_id)],
    ["Enrollment", enrollment ? badge(enrollment.status) : "none"],
  ];
  const returnable = payment.status === "captured" && payment.captured_amount > payment.refunded_amount;
  return h("div.stack",
    h("dl.pairs", facts.map(([name, value]) => [h("dt", name), h("dd", value)])),
    returnable && h("div", action("Give it back", { kind: "danger" }, () => refund(payment, show))));
}

const giveBack = (payment, one, show) => returning(payment, show, {
  title: `Give ${money(one)} back?`,
  text: "It opened no course, and goes back whole. This cannot be taken back.",
}, { payment_id: one.payment_id });

function refund(payment, show) {
  const left = money({ amount: payment.captured_amount - payment.refunded_amount, currency: payment.currency });
  return returning(payment, show, {
    title: "Give this payment back?",
    text: "All of it ends the learner's access. A part does not. This cannot be taken back.",
    fields: [text({ name: "amount", label: `Amount in ${payment.currency}`, inputmode: "decimal", pattern: "[0-9][0-9,]*(\\.[0-9]{1,2})?", title: "An amount such as 499 or 499.50",
      hint: `Empty for all that is left: ${left}.`, read: (typed) => (typed.trim() ? toMinor(typed, payment.currency) : null) })],
  });
}

/** Asks for a reason, too; `named` is what of the order goes back, where no field says it. */
function returning(payment, show, { fields = [], ...question }, named = {}) {
  const reason = text({ name: "reason", label: "Reason", required: true, maxlength: 120 });
  return ask({ ...question, confirm: "Give it back", kind: "danger", fields: [...fields, reason] }, async (values) => {
    show(await create(`/api/payments/${payment.order_id}/refund`, { ...named, ...values }));
    toast("The money is on its way back.");
  });
}
