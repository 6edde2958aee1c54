// The price of a course, with the regular price struck through while a sale lasts.
import { h } from "./dom.js";
import { formatPrice, formatUntil } from "./format.js";

export const isOnSale = (course) => course.price.amount < course.list_price.amount;

/** Prices of a course of the catalogue or its page. */
export function priceTag(course) {
  if (!isOnSale(course)) return h("p.price", formatPrice(course.price));
  return h("div.prices",
    h("p.price", h("span.sr-only", "Sale price "), formatPrice(course.price), " ", h("s", h("span.sr-only", "Regular price "), formatPrice(course.list_price))),
    h("p.until", `Until ${formatUntil(course.sale.until)}`));
}
