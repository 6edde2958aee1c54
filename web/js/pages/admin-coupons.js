import { couponState, conditionsText, discountText, STATE_NAMES, usesText, windowText } from "../coupons/coupon-terms.js";
import { copyButton, switchButton } from "../coupons/coupon-actions.js";
import { figureText, redemptionsNote, redemptionsText } from "../coupons/coupon-figures.js";
import { h } from "../ui/dom.js";
import { paginatedList } from "../ui/paginated-list.js";
import { badge, emptyState, linkButton, pageHeading } from "../ui/components.js";
import { rowSkeleton } from "../ui/skeletons.js";
import { table } from "../ui/table.js";

export const title = "Coupons";
export const skeleton = rowSkeleton;

export default async function page() {
  const view = table("Coupons", [
    { name: "Code", cell: (one) => [h("a.code", { href: `#/admin/coupons/${one.code}` }, one.code), h("small", `${discountText(one)} · ${conditionsText(one)}`)] },
    { name: "Status", cell: (one) => [badge(couponState(one), STATE_NAMES[couponState(one)]), windowText(one) && h("small", windowText(one))] },
    { name: "Uses", number: true, cell: usesText },
    { name: "Redeemed", number: true, cell: (one) => [redemptionsText(one), redemptionsNote(one) && h("small", redemptionsNote(one))] },
    { name: "Discount", number: true, cell: (one) => figureText(one, "discount_given") },
    { name: "Revenue", number: true, cell: (one) => [figureText(one, "revenue"), one.refunded > 0 && h("small", `${figureText(one, "refunded")} refunded`)] },
    { name: "", actions: true, cell: (one, redraw) => [copyButton(one), linkButton("Edit", `#/admin/coupons/${one.code}`, "small"), switchButton(one, redraw)] },
  ]);
  const create = linkButton("New coupon", "#/admin/coupons/new", "primary", "plus");
  return [
    pageHeading("Coupons", "Codes that lower the price of an order.", create),
    await paginatedList("/api/coupons", { ...view, element: h("div.panel", view.element) }, () => emptyState("tag", "No coupons yet", "A coupon takes a percentage or an amount off, with the limits that you set.")),
  ];
}
