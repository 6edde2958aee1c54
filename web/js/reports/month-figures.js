// The figures of a month in one currency: what was sold and taxed, and the account at the gateway.
import { areaChart } from "../charts/area.js";
import { monthsOf } from "../admin/periods.js";
import { h } from "../ui/dom.js";
import { formatCount, formatExactMoney, formatMoney, formatMonth, formatShortMoney, plural } from "../ui/format.js";
import { table } from "../ui/table.js";

/** `report` is the report on the month. */
export function monthFigures(report) {
  const currencies = [...new Set([...report.documents, ...report.account].map((one) => one.currency))].sort();
  return currencies.flatMap((currency) => {
    const documents = report.documents.find((one) => one.currency === currency);
    const account = report.account.find((one) => one.currency === currency);
    return [
      h("div.panels", salesPanel(documents, currency), accountPanel(account, currency)),
      documents && isTaxed(documents) && taxPanel(documents),
      trendPanel(report.recent, currency),
    ];
  });
}

/** Whether any document has tax: the seller had a GSTIN, and the currency is that of the tax. */
const isTaxed = ({ receipts, credit_notes: credit, debit_notes: debit }) => [receipts, credit, debit].some((sums) => sums.taxable !== 0);

function salesPanel(documents, currency) {
  const title = `Sales in ${currency}`;
  if (!documents) return h("section.panel", h("h2", title), h("p.nothing", "No invoices and notes in this month."));
  const { receipts, credit_notes: credit, debit_notes: debit, net } = documents;
  const byPayment = receipts.amount - (documents.list_amount - documents.discount); // accepted amounts that differ from the order
  return h("section.panel", h("h2", title), statement(currency, [
    [receipts.count === 1 ? "List price of 1 sale" : `List price of ${formatCount(receipts.count)} sales`, documents.list_amount],
    ["Discounts", -documents.discount],
    byPayment !== 0 && [byPayment > 0 ? "Fees on payments" : "Offers on payments", byPayment],
    ["Sales", receipts.amount, "total"],
    [plural(credit.count, "credit note"), -credit.amount],
    [plural(debit.count, "debit note"), debit.amount],
    ["Net sales", net.amount, "total"],
    isTaxed(documents) && ["GST in it", net.cgst + net.sgst + net.igst],
  ].filter(Boolean)));
}

function accountPanel(account, currency) {
  const title = `Account at Razorpay in ${currency}`;
  if (!account) return h("section.panel", h("h2", title), h("p.nothing", "Nothing is recorded up to the end of this month."));
  return h("section.panel", h("h2", title), statement(currency, [
    ["Balance at the start", account.opening_balance, "total"],
    ["Payments", account.payment],
    ["Refunds", account.refund],
    ["Disputes", account.dispute],
    ["Fees", account.fee],
    ["Tax on fees", account.fee_tax],
    ["Adjustments", account.adjustment],
    account.transfer !== 0 && ["Transfers to linked accounts", account.transfer],
    ["Payouts to the bank", account.settlement],
    ["Balance at the end", account.closing_balance, "total"],
  ].filter(Boolean)));
}

/** Names and amounts below each other; `kind` marks a sum. */
function statement(currency, lines) {
  return h("dl.statement", lines.map(([name, amount, kind]) => h("div", { class: kind ?? "" }, h("dt", name), h("dd", formatExactMoney({ amount: amount || 0, currency })))));
}

function taxPanel({ currency, receipts, credit_notes: credit, debit_notes: debit, net }) {
  const columns = [["Invoices", receipts, 1], ["Credit notes", credit, -1], ["Debit notes", debit, 1], ["Net", net, 1]];
  const view = table(`GST in ${currency}`, [
    { name: "", cell: ([name]) => name },
    ...columns.map(([name, sums, sign]) => ({ name, number: true, cell: ([, part]) => (part === "count" ? (sums.count === undefined ? "" : formatCount(sums.count)) : formatExactMoney({ amount: sign * sums[part] || 0, currency })) })),
  ]);
  view.fill([["Documents", "count"], ["Taxable value", "taxable"], ["CGST", "cgst"], ["SGST", "sgst"], ["IGST", "igst"], ["Amount, tax included", "amount"]]);
  return h("section.panel", h("h2", `GST in ${currency}`), view.element);
}

function trendPanel(recent, currency) {
  const money = (amount) => ({ amount, currency });
  const periods = recent.filter((one) => one.currency === currency).map((one) => ({ month: one.month, net: money(one.receipts - one.returned), gross: money(one.receipts), refunded: money(one.returned) }));
  if (periods.length < 2) return null;
  const show = (amount) => formatMoney(money(amount));
  return h("section.panel", areaChart({ title: "Net sales by month", note: `Invoices less credit notes, in ${currency}`, columns: ["Month", "Net", "Invoices", "Credit notes"], show,
    axis: (amount) => formatShortMoney(amount, currency), least: 10_000,
    data: monthsOf(periods, currency).map((one) => ({ name: formatMonth(one.month), value: one.net, more: [show(one.gross), show(one.refunded)] })) }));
}
