import { get } from "../api/client.js";
import { action } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { day, money } from "../ui/format.js";
import { heading, link } from "../ui/components.js";
import { save } from "../ui/download.js";
import { rowBones } from "../ui/skeletons.js";

export const title = "Receipt";
export const skeleton = rowBones;

export default async function page({ params }) {
  const path = `/api/payments/${params.order}/receipt`;
  const receipt = await get(path);
  const amount = (minor) => money({ amount: minor, currency: receipt.currency });
  return [
    heading(receipt.title, receipt.number, link("Purchases", "#/purchases", "quiet", "back"), action("Save to print", { kind: "primary", mark: "receipt" }, () => save(`${path}.html`, `${receipt.number.replaceAll("/", "-")}.html`, "text/html"))),
    h("section.panel.receipt",
      h("dl.pairs", facts(receipt, amount).map(([name, value]) => [h("dt", name), h("dd", value)]))),
  ];
}

function facts({ seller, learner, tax, credits, ...receipt }, amount) {
  return [
    ["Course", receipt.course_title],
    ["Date", day(receipt.issued_at)],
    ["From", [seller.name, seller.gstin && h("small", `GSTIN ${seller.gstin}`)]],
    ["To", [learner.name, learner.state_name && h("small", learner.state_name)]],
    ["Order", h("code", receipt.order_id)],
    ["Payment", h("code", receipt.payment_id)],
    ...(tax ? [["Taxable value", amount(tax.taxable)], ...taxes(tax).map(([name, value]) => [name, amount(value)])] : []),
    ["Paid", h("strong", amount(receipt.amount))],
    ...credits.map((credit) => [`Given back on ${day(credit.at)}`, `– ${amount(credit.amount)}`]),
    ...(credits.length ? [["Paid, less what was given back", h("strong", amount(receipt.net_amount))]] : []),
  ];
}

const taxes = (tax) => [["CGST", tax.cgst], ["SGST", tax.sgst], ["IGST", tax.igst]].filter(([, value]) => value > 0);
