// The figures of a coupon, as far as the server has them.
import { formatCount, formatMoney } from "../ui/format.js";

/** Whether the server counts redemptions and amounts. */
export const hasFigures = (coupon) => coupon.redeemed !== undefined;

/** A dash for zero. */
export function money(coupon, name) {
  return coupon[name] ? formatMoney({ amount: coupon[name], currency: coupon.currency }) : "–";
}

/** "12", with "2 late" as a note: orders that were paid after their use had been given back. */
export const lateText = (coupon) => coupon.redeemed_late > 0 && `${formatCount(coupon.redeemed_late)} late`;
