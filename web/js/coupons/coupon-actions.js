// What an admin does with a coupon: copy its link, switch it off and on.
import { patch } from "../api/client.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { toast } from "../ui/toast.js";
import { couponLink } from "./coupon-terms.js";

export const linkOf = (coupon) => couponLink(coupon, `${location.origin}${location.pathname}`);

/** Copies the link with the code. `text` is empty for an icon button. */
export function copyButton(coupon, { text = "", kind = "small" } = {}) {
  return actionButton(text, { kind, mark: "link", label: text ? null : `Copy the link of ${coupon.code}` }, async () => {
    try {
      await navigator.clipboard.writeText(linkOf(coupon));
      toast("The link is copied.");
    } catch { // no permission, or a page without TLS
      toast(`The browser does not allow copying. The link is ${linkOf(coupon)}`, "bad");
    }
  });
}

/** `changed(coupon)` gets the coupon after the change. */
export function switchButton(coupon, changed) {
  const set = async (active, confirmation) => {
    changed(await patch(`/api/coupons/${coupon.code}`, { active }));
    toast(confirmation);
  };
  if (!coupon.active) return actionButton("Switch on", { kind: "small" }, () => set(true, `${coupon.code} is on.`));
  const options = { title: `Switch ${coupon.code} off?`, text: "Nobody can use it for a new order. Orders that have it keep their price.", confirm: "Switch off", kind: "danger" };
  return actionButton("Switch off", { kind: "danger small" }, () => confirmDialog(options, () => set(false, `${coupon.code} is off.`)));
}
