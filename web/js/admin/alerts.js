// Alerts for administrators.
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { formatDateTime, plural } from "../ui/format.js";

// The sweep runs every five minutes: a timer that two runs have left is late.
const LATE_SECONDS = 600;

export function alerts({ refunds_pending, amount_mismatches, dead_letters, oldest_due_at, overdue_seconds }) {
  const items = [
    refunds_pending > 0 && [paymentsLink("refund_pending", plural(refunds_pending, "refund")), " pending: the sweep polls Razorpay until each is processed."],
    amount_mismatches > 0 && [paymentsLink("", plural(amount_mismatches, "payment")), " with an unexpected amount or currency. No access was granted; review each payment."],
    overdue_seconds > LATE_SECONDS && `A timer has been due since ${formatDateTime(oldest_due_at)}: is the sweep running?`,
    dead_letters > 0 && [`${plural(dead_letters, "change")} could not be counted, so the counters are incomplete: see `, h("code", "docs/runbooks/dead-letters.md"), "."],
  ].filter(Boolean);
  const countersNote = dead_letters === 0 ? ", no dead letters" : "";
  if (!items.length) return h("p.note.good", icon("check"), h("span", `Nothing needs your attention: no pending refunds, no late timers, no unexpected amounts${countersNote}.`));
  return h("section.note.wait", icon("alert"), h("div.stack", h("strong", "Needs attention"), h("ul", items.map((message) => h("li", message)))));
}

const paymentsLink = (status, message) => h("a", { href: status ? `#/admin/payments?status=${status}` : "#/admin/payments" }, message);
