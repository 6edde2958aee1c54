// What an administrator should look at now.
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { moment, plural } from "../ui/format.js";

// The sweep runs every five minutes: what two of them left is late.
const LATE_SECONDS = 600;

export function attention({ refunds_pending, amount_mismatches, dead_letters, oldest_due_at, overdue_seconds }) {
  const items = [
    refunds_pending > 0 && [payments("refund_pending", plural(refunds_pending, "refund")), " on the way back to learners: the sweep asks the gateway again."],
    amount_mismatches > 0 && [payments("", plural(amount_mismatches, "payment")), " of an amount or currency that was not asked for. Nothing was granted: look at each."],
    overdue_seconds > LATE_SECONDS && `A timer has been due since ${moment(oldest_due_at)}: is the sweep running?`,
    dead_letters > 0 && [`${plural(dead_letters, "change")} could not be counted, so these figures lack ${dead_letters === 1 ? "it" : "them"}: `, h("code", "docs/runbooks/dead-letters.md"), " says what to do."],
  ].filter(Boolean);
  const counted = dead_letters === 0 ? ", every change is counted" : "";
  if (!items.length) return h("p.note.good", icon("check"), h("span", `Nothing needs your attention: no refund waits, no timer is late, every amount is as asked${counted}.`));
  return h("section.note.wait", icon("alert"), h("div.stack", h("strong", "Needs attention"), h("ul", items.map((said) => h("li", said)))));
}

const payments = (status, said) => h("a", { href: status ? `#/admin/payments?status=${status}` : "#/admin/payments" }, said);
