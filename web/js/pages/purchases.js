import { enrollments } from "../enrollments.js";
import { h } from "../ui/dom.js";
import { moment } from "../ui/format.js";
import { growing } from "../ui/paginated-list.js";
import { badge, empty, heading, link, orderSums } from "../ui/components.js";
import { rowBones } from "../ui/skeletons.js";
import { table } from "../ui/table.js";

export const title = "Purchases";
export const skeleton = rowBones;

export default async function page() {
  const titles = await enrollments();
  const list = table("Your payments", [
    { name: "Course", cell: (one) => h("a", { href: `#/courses/${one.course_id}` }, titles.get(one.course_id)?.course?.title ?? "A course that is gone") },
    { name: "When", cell: (one) => moment(one.created_at) },
    { name: "State", cell: (one) => [badge(one.status, SAID[one.status]), one.reason && h("small", WHY[one.reason] ?? one.reason)] },
    { name: "Amount", number: true, cell: orderSums },
    { name: "Order", cell: (one) => h("code", one.order_id) },
    { name: "", acts: true, cell: (one) => one.captured_amount > 0 && one.reason !== "no_longer_wanted" && one.reason !== "duplicate" && link("Receipt", `#/purchases/${one.order_id}`, "small", "receipt") },
  ]);
  const none = () => empty("receipt", "No purchases", "What you buy is listed here, with its receipt.", link("Browse the courses", "#/", "primary"));
  return [heading("Purchases", "Every order, and where its money is."), await growing("/api/payments/my", { ...list, element: h("div.panel", list.element) }, none)];
}

const SAID = {
  pending: "Not paid yet",
  authorized: "Paid",
  captured: "Paid",
  failed: "Not paid",
  refund_pending: "Being returned",
  refunded: "Returned",
};

const WHY = {
  expired: "Not paid in time",
  superseded: "Replaced by a newer order",
  mismatch: "Another amount was paid than was asked for",
  duplicate: "Paid twice: the second one goes back",
  no_longer_wanted: "Arrived after you stopped the purchase: goes back",
  requested: "Refund asked for",
  not_captured: "The bank did not hand it over",
  chargeback: "Taken back by the bank",
  refunded: "Returned",
};
