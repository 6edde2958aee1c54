// Alerts for administrators.
import { get } from "../api/client.js";
import { NEEDS_ANSWER } from "./dispute-list.js";
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { formatDateTime, plural } from "../ui/format.js";

// The sweep runs every five minutes: a timer that two runs have left is late.
const LATE_SECONDS = 600;

const MAX_READ = 20;

/** What waits for a decision of an administrator: {requests, disputes}, each {count, more}, or null if it cannot be read. */
export async function decisionsDue() {
  const [requests, disputes] = await Promise.all(["/api/payments/refund-requests", "/api/disputes"].map((path) => get(`${path}?limit=${MAX_READ}`).catch(() => null)));
  return {
    requests: requests && { count: requests.items.length + (requests.unreadable?.length ?? 0), more: Boolean(requests.next_cursor) },
    disputes: disputes && { count: disputes.items.filter((one) => NEEDS_ANSWER.includes(one.status)).length, more: disputes.items.length > 0 && Boolean(disputes.next_cursor) && NEEDS_ANSWER.includes(disputes.items.at(-1).status) },
  };
}

/** `attention` is the part of the dashboard, `due` the result of decisionsDue(). */
export function alerts({ refunds_pending, amount_mismatches, dead_letters, oldest_due_at, overdue_seconds }, { requests, disputes }) {
  const items = [
    requests?.count > 0 && [paymentsLink("", countText(requests, "refund request")), " of learners: approve or decline each."],
    disputes?.count > 0 && [paymentsLink("", countText(disputes, "dispute")), " to answer in Razorpay's dashboard, by the deadline in the list."],
    !requests && "The refund requests of learners could not be read. Reload the page.",
    !disputes && "The disputes could not be read. Reload the page.",
    refunds_pending > 0 && [paymentsLink("refund_pending", plural(refunds_pending, "refund")), " pending: the sweep polls Razorpay until each is processed."],
    amount_mismatches > 0 && [paymentsLink("", plural(amount_mismatches, "payment")), " with an unexpected amount or currency. No access was granted; review each payment."],
    overdue_seconds > LATE_SECONDS && `A timer has been due since ${formatDateTime(oldest_due_at)}: is the sweep running?`,
    dead_letters > 0 && [`${plural(dead_letters, "change")} could not be counted, so the counters are incomplete: see `, h("code", "docs/runbooks/dead-letters.md"), "."],
  ].filter(Boolean);
  const countersNote = dead_letters === 0 ? ", no dead letters" : "";
  if (!items.length) return h("p.note.good", icon("check"), h("span", `Nothing needs your attention: no refund requests, no disputes to answer, no pending refunds, no late timers, no unexpected amounts${countersNote}.`));
  return h("section.note.wait", icon("alert"), h("div.stack", h("strong", "Needs attention"), h("ul", items.map((message) => h("li", message)))));
}

const countText = ({ count, more }, word) => (more ? `${count} or more ${word}s` : plural(count, word));

const paymentsLink = (status, message) => h("a", { href: status ? `#/admin/payments?status=${status}` : "#/admin/payments" }, message);
