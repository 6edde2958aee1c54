import { get } from "../api/client.js";
import { currentUser } from "../session.js";
import { actionButton } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { formatDay, formatMoney } from "../ui/format.js";
import { pageHeading, linkButton } from "../ui/components.js";
import { downloadBinary, downloadFile } from "../ui/download.js";
import { rowSkeleton } from "../ui/skeletons.js";

const NOTE_NAMES = { credit: "Credit note", debit: "Debit note" };

export const title = "Receipt";
export const skeleton = rowSkeleton;

export default async function page({ params }) {
  const path = `/api/payments/${params.order}/receipt`;
  const receipt = await get(path);
  const amount = (minor) => formatMoney({ amount: minor, currency: receipt.currency });
  return [
    pageHeading(receipt.title, receipt.number, currentUser()?.role === "admin" ? linkButton("Payments", "#/admin/payments", "quiet", "back") : linkButton("Purchases", "#/purchases", "quiet", "back"),
      actionButton("Print", {}, () => window.print()),
      actionButton("Web page", { label: "Download as web page", mark: "download" }, () => downloadFile(`${path}.html`, fileName(receipt.number, "html"), "text/html")),
      actionButton("Download PDF", { kind: "primary", mark: "download" }, () => downloadBinary(`${path}.pdf`, fileName(receipt.number, "pdf"), "application/pdf"))),
    h("section.panel.receipt",
      h("dl.pairs", facts(receipt, amount).map(([name, value]) => [h("dt", name), h("dd", value)]))),
  ];
}

function facts({ seller, learner, tax, credits, ...receipt }, amount) {
  return [
    ["Course", receipt.course_title],
    ["Date", formatDay(receipt.day)],
    ["From", [seller.name, seller.address && h("small.prose-plain", seller.address), seller.gstin && h("small", `GSTIN ${seller.gstin}`)]],
    ["To", [learner.firm_name ?? learner.name, learner.gstin && h("small", `GSTIN ${learner.gstin}`), learner.firm_address && h("small.prose-plain", learner.firm_address), learner.firm_name && h("small", `For ${learner.name}`), learner.state_name && h("small", learner.state_name)]],
    ...(learner.state_assumed && currentUser()?.role === "admin" ? [["State", "Unknown: the invoice assumes the seller's State"]] : []),
    ["Order", h("code", receipt.order_id)],
    ["Payment", h("code", receipt.payment_id)],
    ...reductions(receipt).map(([name, value]) => [name, amount(value)]),
    ...(tax ? [["Taxable value", amount(tax.taxable)], ...taxes(tax).map(([name, value]) => [name, amount(value)])] : []),
    ["Paid", h("strong", amount(receipt.amount))],
    ...credits.map((credit) => [`${credit.amount < 0 ? "Taken back" : "Refunded"} on ${formatDay(credit.day)}`, [amount(-credit.amount), noteOf(receipt, credit.note)]]),
    ...(credits.length ? [["Net amount", h("strong", amount(receipt.net_amount))]] : []),
  ];
}

/** From the list price to the amount: a sale price, a coupon, and an offer or a fee of the gateway. */
function reductions({ list_amount, discount, coupon, coupon_discount, amount }) {
  if (list_amount === null) return [];
  const byPayment = amount - (list_amount - discount);
  const parts = coupon_discount === null ? [["Discount", -discount]] : [["Discount (sale price)", coupon_discount - discount], [`Discount (coupon ${coupon})`, -coupon_discount]];
  return [["List price", list_amount], ...parts, [byPayment > 0 ? "Fee of the payment" : "Offer of the payment", byPayment]].filter(([, value]) => value !== 0);
}

/** The credit or debit note of a refund, with its PDF once it has a number. */
function noteOf(receipt, note) {
  if (!note) return null;
  const name = NOTE_NAMES[note.type];
  if (!note.number) return h("small", `${name}: its number follows within minutes`);
  const path = `/api/payments/${receipt.order_id}/credit-notes/${note.id}/pdf`;
  return h("div.row", h("small", `${name} ${note.number}`),
    actionButton("PDF", { kind: "small", mark: "download", label: `Download PDF of ${name.toLowerCase()} ${note.number}` }, () => downloadBinary(path, fileName(note.number, "pdf"), "application/pdf")));
}

const fileName = (number, ending) => `${number.replaceAll("/", "-")}.${ending}`;

const taxes = (tax) => [["CGST", tax.cgst], ["SGST", tax.sgst], ["IGST", tax.igst]].filter(([, value]) => value > 0);
