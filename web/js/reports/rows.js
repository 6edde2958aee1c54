// The rows of the exported reports, page by page from the API: the same rows and columns as `python -m cli export` writes.
// Amounts are in minor units.
import { get, withQuery } from "../api/client.js";

const MAX_PAGES = 1000;
const PAGE_SIZE = 100;
const PARTS = ["amount", "taxable", "cgst", "sgst", "igst"];

/** Thrown for a month with more pages than a browser should hold. */
export class TooManyRows extends Error {}

/** Report > how to read the rows of a month: {rows(month, read), differences(rows, sums)}, where `sums` is the report on the month. */
export const REPORTS = {
  ledger: { rows: ledgerRows, differences: (rows, sums) => sums.account.flatMap((one) => KINDS.filter((kind) => total(rows, (row) => row.kind === kind && row.currency === one.currency) !== one[kind])) },
  payouts: { rows: payoutRows, differences: (rows, sums) => sums.account.flatMap((one) => (total(rows, (row) => row.kind === "payout" && row.currency === one.currency) === -one.settlement ? [] : ["payout"])) },
  gstr1: { rows: gstr1Rows, differences: (rows, sums) => sums.documents.flatMap((one) => PARTS.filter((part) => total(rows, (row) => isTaxed(row, part) && row.currency === one.currency, part) !== one.net[part])) },
};

const KINDS = ["payment", "fee", "fee_tax", "refund", "dispute", "adjustment", "transfer", "settlement"];
const isTaxed = (row, part) => row.number !== null && (part !== "taxable" || row.section !== "untaxed");
const total = (rows, wanted, part = "amount") => rows.filter(wanted).reduce((sum, row) => sum + row[part], 0);

/** Reads the pages of lists, at most MAX_PAGES in all; `progress(rows)` is told how many items were read, `signal` stops it. */
export function pageReader(progress, signal) {
  let pages = 0;
  let items = 0;
  return async function* read(path, query = {}) {
    let cursor = null;
    do {
      if ((pages += 1) > MAX_PAGES) throw new TooManyRows();
      const page = await get(withQuery(path, { ...query, limit: PAGE_SIZE, cursor }), { signal });
      progress((items += page.items.length));
      yield page;
      cursor = page.next_cursor;
    } while (cursor);
  };
}

async function ledgerRows(month, read) {
  const rows = [];
  let totals = [];
  for await (const page of read("/api/reports/ledger", { month })) {
    totals = page.totals;
    rows.push(...page.items.flatMap(postings));
  }
  const balances = (kind) => totals.map((one) => ({ ...EMPTY_POSTING, kind, amount: one[kind], currency: one.currency }));
  return [...balances("opening_balance"), ...rows, ...balances("closing_balance")];
}

async function payoutRows(month, read) {
  const rows = [];
  for await (const page of read("/api/reports/payouts", { month })) {
    for (const payout of page.items) {
      const named = { payout_id: payout.id, utr: payout.utr, payout_day: payout.day, status: payout.status };
      rows.push({ ...named, unexplained: payout.unexplained, ...EMPTY_POSTING, kind: "payout", amount: payout.amount, currency: payout.currency });
      for await (const entries of read(`/api/reports/payouts/${payout.id}`)) {
        rows.push(...entries.items.filter((one) => one.kind !== "settlement").flatMap(postings).map((posting) => ({ ...named, unexplained: null, ...posting })));
      }
    }
  }
  return rows;
}

async function gstr1Rows(month, read) {
  const rows = [];
  for await (const page of read("/api/reports/gstr1", { month })) rows.push(...page.items);
  const small = rows.filter((row) => row.section === "b2cs");
  const taxed = rows.filter((row) => row.section !== "untaxed");
  return [...rows, ...sumsBy(small, "b2cs_total", "place_of_supply"), ...sumsBy(taxed, "hsn_total", "sac")];
}

const EMPTY_POSTING = Object.fromEntries(["day", "at", "kind", "amount", "currency", "entity_id", "payment_id", "order_id", "dispute_id", "settlement_id", "description"].map((name) => [name, null]));

/** A row for each change of the balance that a transaction makes. */
function postings(entry) {
  const amounts = [[entry.kind, entry.amount], ["fee", entry.fee], ["fee_tax", entry.fee_tax]];
  return amounts.filter(([, amount]) => amount !== 0).map(([kind, amount]) => ({
    day: entry.day, at: entry.at, kind, amount, currency: entry.currency, entity_id: entry.id, payment_id: entry.payment_id,
    order_id: entry.order_id, dispute_id: entry.dispute_id, settlement_id: entry.settlement_id, description: entry.description,
  }));
}

/** A row for each value of `name` and rate, with the sums of the parts. */
function sumsBy(documents, section, name) {
  const groups = new Map();
  for (const one of documents) {
    const key = `${one[name] ?? ""} ${String(one.rate_basis_points).padStart(6, "0")}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.keys()].sort().map((key) => {
    const [first, ...others] = groups.get(key);
    const empty = Object.fromEntries(Object.keys(first).map((column) => [column, null]));
    const sums = Object.fromEntries(PARTS.map((part) => [part, others.reduce((sum, one) => sum + one[part], first[part])]));
    return { ...empty, section, currency: first.currency, [name]: first[name] ?? "", rate_basis_points: first.rate_basis_points, ...sums };
  });
}
