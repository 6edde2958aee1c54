// What a coupon sold, as far as the server has counted it.
import { formatCount, formatMoney } from "../ui/format.js";

/** Whether the answer has figures. */
export const hasFigures = (coupon) => coupon.redeemed !== undefined;

/** "12": orders paid in time or late, and courses that the coupon made free. */
export function redemptionsText(coupon) {
  return hasFigures(coupon) ? formatCount(coupon.redeemed + coupon.redeemed_late + (coupon.free_activations ?? 0)) : "–";
}

/** "2 late, 1 free": late orders may exceed the limit; null when all were paid in time. */
export function redemptionsNote(coupon) {
  const parts = [[coupon.redeemed_late, "late"], [coupon.free_activations, "free"]];
  return parts.filter(([number]) => number > 0).map(([number, word]) => `${formatCount(number)} ${word}`).join(", ") || null;
}

/** An amount of the figures; a dash for zero. */
export function figureText(coupon, name) {
  return coupon[name] ? formatMoney({ amount: coupon[name], currency: coupon.currency }) : "–";
}
