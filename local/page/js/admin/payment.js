// One order: the money and the enrollment it is for.
import { h } from "../ui/dom.js";
import { moment, money, words } from "../ui/format.js";
import { badge } from "../ui/parts.js";

export function paymentFacts({ payment, enrollment }) {
  const amount = (minor) => money({ amount: minor, currency: payment.currency });
  const facts = [
    ["Order", h("code", payment.order_id)],
    ["Payment", payment.payment_id ? h("code", payment.payment_id) : "none yet"],
    ["State", [badge(payment.status), payment.reason && ` ${words(payment.reason)}`]],
    ["Asked for", amount(payment.amount)],
    ["Captured", payment.captured_at ? `${amount(payment.captured_amount)}, ${moment(payment.captured_at)}` : amount(payment.captured_amount)],
    ["Returned", amount(payment.refunded_amount)],
    ["Course", h("a", { href: `#/courses/${payment.course_id}` }, enrollment?.course?.title ?? payment.course_id)],
    ["Enrollment", enrollment ? badge(enrollment.status) : "none"],
  ];
  return h("dl.pairs", facts.map(([name, value]) => [h("dt", name), h("dd", value)]));
}
