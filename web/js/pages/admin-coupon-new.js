import { createIdempotent } from "../api/client.js";
import { FIELD_BY_CODE, newCouponFields, requireWindow } from "../coupons/coupon-fields.js";
import { h } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { pageHeading } from "../ui/components.js";
import { toast } from "../ui/toast.js";

export const title = "New coupon";

export default function page({ go }) {
  return [
    pageHeading("New coupon", "Code, kind of discount and first purchase cannot be changed later."),
    h("section.panel.columns", form({
      fields: newCouponFields(),
      submit: "Create coupon",
      fieldByCode: FIELD_BY_CODE,
      onsubmit: async (values) => {
        requireWindow(values);
        const created = await createIdempotent("/api/coupons", values);
        toast(`${created.code} is created.`);
        go(`/admin/coupons/${created.code}`);
      },
    })),
  ];
}
