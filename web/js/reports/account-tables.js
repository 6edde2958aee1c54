// The ledger and the payouts of a month as tables with pages; a payout opens to what it transfers.
import { withQuery } from "../api/client.js";
import { asyncRegion } from "../ui/async-region.js";
import { actionButton } from "../ui/button.js";
import { badge } from "../ui/components.js";
import { h } from "../ui/dom.js";
import { formatDateTime, formatDay, formatExactMoney, titleCase } from "../ui/format.js";
import { paginatedList } from "../ui/paginated-list.js";
import { rowSkeleton } from "../ui/skeletons.js";
import { table } from "../ui/table.js";
import { downloadButtons } from "./download-buttons.js";

export function ledgerPanel(month, signal) {
  const rows = () => paginatedList(withQuery("/api/reports/ledger", { month }), entryTable("Ledger"), () => h("p.nothing", "No transactions are recorded in this month."), 10);
  return h("section.panel", h("header.panel-head", h("h2", "Ledger"), downloadButtons("ledger", month, signal)), asyncRegion(rowSkeleton(), rows));
}

export function payoutsPanel(month, signal) {
  const opened = h("div.opened", { "aria-live": "polite" });
  const openedRow = h("tr", h("td", { colspan: 5 }, opened));
  const open = async (payout, row) => {
    const list = await paginatedList(`/api/reports/payouts/${payout.id}`, transferred(`Payout ${payout.utr ?? payout.id}`), () => h("p.nothing", "Nothing is listed."), 10);
    row.after(openedRow);
    opened.replaceChildren(h("h3", `What the payout of ${formatDay(payout.day)} consists of`), list);
    row.scrollIntoView({ block: "nearest" });
  };
  const openButton = (payout) => {
    const button = actionButton("Open", { kind: "small", label: `Open the payout of ${formatDay(payout.day)}` }, () => open(payout, button.closest("tr")));
    return button;
  };
  const view = table("Payouts", [
    { name: "Date", cell: (one) => formatDay(one.day) },
    { name: "Bank reference (UTR)", cell: (one) => [h("code", one.utr ?? "none"), one.status !== "processed" && badge("pending", titleCase(one.status ?? "unknown"))] },
    { name: "Transactions", number: true, cell: (one) => String(one.entries) },
    { name: "Amount", number: true, cell: (one) => [money(one.amount, one), one.unexplained !== 0 && h("small", `${money(one.unexplained, one)} not explained yet`)] },
    { name: "", actions: true, cell: openButton },
  ]);
  const rows = () => paginatedList(withQuery("/api/reports/payouts", { month }), view, () => h("p.nothing", "No payouts are recorded in this month."), 10);
  return h("section.panel", h("header.panel-head", h("h2", "Payouts"), downloadButtons("payouts", month, signal)), asyncRegion(rowSkeleton(), rows));
}

export function gstr1Panel(month, signal) {
  return h("section.panel", h("header.panel-head", h("h2", "GSTR-1"), downloadButtons("gstr1", month, signal)),
    h("p.soft", "Every invoice, credit note and debit note of the month with its section of the return, and the sums by State and by service code."));
}

/** The transactions of a payout, which add up to it. The API lists the transfer to the bank too. */
function transferred(caption) {
  const view = entryTable(caption);
  return { ...view, renderItem: (one) => (one.kind === "settlement" ? "" : view.renderItem(one)) };
}

function entryTable(caption) {
  return table(caption, [
    { name: "Time", cell: (one) => formatDateTime(one.at) },
    { name: "Kind", cell: (one) => titleCase(one.kind) },
    { name: "Reference", cell: (one) => [h("code", one.order_id ?? one.id), one.description && h("small", one.description)] },
    { name: "Amount", number: true, cell: (one) => money(one.amount, one) },
    { name: "Fee and tax", number: true, cell: (one) => money(one.fee + one.fee_tax, one) },
    { name: "Net", number: true, cell: (one) => [money(one.net, one), one.settlement_id === null && h("small", "not paid out yet")] },
  ]);
}

const money = (amount, { currency }) => formatExactMoney({ amount: amount || 0, currency: currency ?? "INR" });
