// What a coupon is worth, for what, and its state, in words.
import { formatCount, formatDateTime, formatMoney, formatUntil, plural } from "../ui/format.js";

export const STATE_NAMES = { active: "Active", scheduled: "Scheduled", expired: "Expired", exhausted: "Exhausted", off: "Off" };

/** A key of STATE_NAMES. `now` in milliseconds. A coupon that is off stays off, whatever its time and uses. */
export function couponState(coupon, now = Date.now()) {
  if (!coupon.active) return "off";
  if (coupon.valid_until && Date.parse(coupon.valid_until) <= now) return "expired";
  if (coupon.valid_from && Date.parse(coupon.valid_from) > now) return "scheduled";
  return coupon.limit !== null && coupon.remaining <= 0 ? "exhausted" : "active";
}

/** "25 % off", "₹100 off". */
export function discountText({ discount_kind: kind, value, currency }) {
  return kind === "percent" ? `${value} % off` : `${formatMoney({ amount: value, currency })} off`;
}

/** For what and for whom: "2 courses · from ₹500 · first purchase · 3 uses per learner". */
export function conditionsText(coupon) {
  return [
    coupon.courses ? plural(coupon.courses.length, "course") : "all courses",
    coupon.minimum && `from ${formatMoney({ amount: coupon.minimum, currency: coupon.currency })}`,
    coupon.first_purchase && "first purchase",
    coupon.per_learner > 1 && `${coupon.per_learner} uses per learner`,
  ].filter(Boolean).join(" · ");
}

/** When it can be used; null for a coupon without limits of time. */
export function windowText({ valid_from: from, valid_until: until }) {
  if (from && until) return `${formatDateTime(from)} until ${formatUntil(until)}`;
  if (from) return `from ${formatDateTime(from)}`;
  return until ? `until ${formatUntil(until)}` : null;
}

/** "3 of 10"; uses of a coupon without a limit are not counted. */
export function usesText({ used, limit }) {
  return limit === null ? "No limit" : `${formatCount(used)} of ${formatCount(limit)}`;
}

/** The address that fills the code in: the course, if there is only one, otherwise the catalogue. `base` is the page's. */
export function couponLink({ code, courses }, base) {
  return `${base}#/${courses?.length === 1 ? `courses/${courses[0]}` : ""}?coupon=${encodeURIComponent(code)}`;
}
