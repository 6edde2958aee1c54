import { get } from "../api/client.js";
import { currentUser } from "../session.js";
import { actionButton } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { formatDay, formatMoney } from "../ui/format.js";
import { pageHeading, linkButton } from "../ui/components.js";
import { downloadFile } from "../ui/download.js";
import { rowSkeleton } from "../ui/skeletons.js";

const NOTE_NAMES = { credit: "Credit note", debit: "Debit note" };

export const title = "Receipt";
export const skeleton = rowSkeleton;

export default async function page({ params }) {
  const path = `/api/payments/${params.order}/receipt`;
  const receipt = await get(path);
  const amount = (minor) => formatMoney({ amount: minor, currency: receipt.currency });
  return [
    pageHeading(receipt.title, receipt.number, linkButton("Purchases", "#/purchases", "quiet", "back"), actionButton("Download receipt", { kind: "primary", mark: "receipt" }, () => downloadFile(`${path}.html`, `${receipt.number.replaceAll("/", "-")}.html`, "text/html"))),
    h("section.panel.receipt",
      h("dl.pairs", facts(receipt, amount).map(([name, value]) => [h("dt", name), h("dd", value)]))),
  ];
}

function facts({ seller, learner, tax, credits, ...receipt }, amount) {
  return [
    ["Course", receipt.course_title],
    ["Date", formatDay(receipt.day)],
    ["From", [seller.name, seller.gstin && h("small", `GSTIN ${seller.gstin}`)]],
    ["To", [learner.firm_name ?? learner.name, learner.gstin && h("small", `GSTIN ${learner.gstin}`), learner.firm_address && h("small.prose-plain", learner.firm_address), learner.firm_name && h("small", `For ${learner.name}`), learner.state_name && h("small", learner.state_name)]],
    ...(learner.state_assumed && currentUser()?.role === "admin" ? [["State", "Unknown: the invoice assumes the seller's State"]] : []),
    ["Order", h("code", receipt.order_id)],
    ["Payment", h("code", receipt.payment_id)],
    ...reductions(receipt).map(([name, value]) => [name, amount(value)]),
    ...(tax ? [["Taxable value", amount(tax.taxable)], ...taxes(tax).map(([name, value]) => [name, amount(value)])] : []),
    ["Paid", h("strong", amount(receipt.amount))],
    ...credits.map((credit) => [`Refunded on ${formatDay(credit.day)}`, [`– ${amount(credit.amount)}`, credit.note?.number && h("small", `${NOTE_NAMES[credit.note.type]} ${credit.note.number}`)]]),
    ...(credits.length ? [["Net amount", h("strong", amount(receipt.net_amount))]] : []),
  ];
}

/** From the list price to the amount: a sale price, a coupon, and an offer or a fee of the gateway. */
function reductions({ list_amount, discount, coupon, coupon_discount, amount }) {
  if (!discount) return [];
  const byPayment = amount - (list_amount - discount);
  const parts = coupon_discount === null ? [["Discount", -discount]] : [["Discount (sale price)", coupon_discount - discount], [`Discount (coupon ${coupon})`, -coupon_discount]];
  return [["List price", list_amount], ...parts, [byPayment > 0 ? "Fee of the payment" : "Offer of the payment", byPayment]].filter(([, value]) => value !== 0);
}

const taxes = (tax) => [["CGST", tax.cgst], ["SGST", tax.sgst], ["IGST", tax.igst]].filter(([, value]) => value > 0);
