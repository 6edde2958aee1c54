// The coupon of a link (`#/?coupon=CODE`), for this tab: it survives the sign-in and the way to a course.

const KEY = "lectern.coupon";
const MAX_LENGTH = 32;

/** Stores the code in the query of a page, if there is one. */
export function rememberCoupon(query) {
  const code = query.get("coupon")?.trim();
  if (code) sessionStorage.setItem(KEY, code.slice(0, MAX_LENGTH).toUpperCase());
}

/** The code of the last link, or null. */
export function couponOfLink() {
  return sessionStorage.getItem(KEY);
}

export function forgetCoupon() {
  sessionStorage.removeItem(KEY);
}
