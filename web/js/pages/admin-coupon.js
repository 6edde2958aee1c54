import { get, patch } from "../api/client.js";
import { copyButton, linkOf, switchButton } from "../coupons/coupon-actions.js";
import { editFields, FIELD_BY_CODE, requireWindow } from "../coupons/coupon-fields.js";
import { figureText, hasFigures, redemptionsNote, redemptionsText } from "../coupons/coupon-figures.js";
import { couponState, conditionsText, discountText, STATE_NAMES, usesText, windowText } from "../coupons/coupon-terms.js";
import { h, uniqueId } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { formatCount, plural } from "../ui/format.js";
import { badge, linkButton, pageHeading, stat, stats } from "../ui/components.js";
import { panelSkeleton } from "../ui/skeletons.js";
import { toast } from "../ui/toast.js";

export const title = "Coupon";
export const skeleton = panelSkeleton;

export default async function page({ params, setTitle, reload }) {
  const coupon = await get(`/api/coupons/${params.code}`);
  setTitle(coupon.code);
  const titles = await courseTitles(coupon.courses ?? []);
  return [
    pageHeading(coupon.code, [discountText(coupon), conditionsText(coupon), windowText(coupon)].filter(Boolean).join(" · "), badge(couponState(coupon), STATE_NAMES[couponState(coupon)]), switchButton(coupon, reload), linkButton("All coupons", "#/admin/coupons", "quiet small", "back")),
    figures(coupon),
    linkPanel(coupon),
    h("section.panel.columns", h("h2", "Terms"), form({
      fields: editFields(coupon, titles),
      submit: "Save terms",
      fieldByCode: FIELD_BY_CODE,
      onsubmit: async (values) => {
        requireWindow(values);
        const changes = Object.fromEntries(Object.entries(values).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(coupon[name])));
        if (Object.keys(changes).length) await patch(`/api/coupons/${coupon.code}`, changes);
        toast("Saved. Orders that have the coupon keep their price.");
        reload();
      },
    })),
  ];
}

function figures(coupon) {
  return stats(
    stat("Uses", usesText(coupon), coupon.limit === null ? "not counted" : usesNote(coupon)),
    ...(hasFigures(coupon) ? [
      stat("Redeemed", redemptionsText(coupon), redemptionsNote(coupon) ?? "paid orders"),
      stat("Discount", figureText(coupon, "discount_given"), "taken off the prices"),
      stat("Revenue", figureText(coupon, "revenue"), coupon.refunded > 0 ? `${figureText(coupon, "refunded")} refunded` : "paid for these orders"),
    ] : [stat("Paid late", formatCount(coupon.redeemed_late), "may exceed the limit")]));
}

/** Which uses are taken from the limit. */
function usesNote({ used, free_activations: free }) {
  if (!free) return "open and paid orders";
  return free >= used ? "courses that it made free" : `open and paid orders, and ${plural(free, "course")} made free`;
}

function linkPanel(coupon) {
  const id = uniqueId("link");
  const input = h("input", { id, readonly: true, value: linkOf(coupon), on: { focus: () => input.select() } });
  return h("section.panel.stack", h("h2", "Link"), h("label.hint", { for: id }, "It fills the code in at the checkout."),
    h("div.copy-line", input, copyButton(coupon, { text: "Copy link", kind: "" })));
}

/** A course that no admin can read any more keeps its id as its title. */
async function courseTitles(ids) {
  const found = await Promise.all(ids.map((id) => get(`/api/courses/${id}`).catch(() => null)));
  return new Map(found.filter(Boolean).map((course) => [course.id, course.title]));
}
