// The purchase panel of the course page: shows the state of the payment and the next step.
import { get, remove } from "../api/client.js";
import { hasAccess, cacheEnrollment } from "../enrollments.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { formatPrice } from "../ui/format.js";
import { toast } from "../ui/toast.js";
import * as checkout from "./checkout.js";
import { checkoutForm, rememberBuyer } from "./checkout-form.js";
import { couponField, isCouponProblem } from "./coupon-field.js";
import { couponOfLink, forgetCoupon } from "./coupon-link.js";
import { cancelledNote, checkingNote, declinedNote, heldNote, priceChangedNote, unfinishedNote, waitingNote } from "./purchase-notes.js";

const POLLS = [1000, 1000, 2000, 2000, 3000];
const POLL_AFTER = 5000;

/** `enrollment` and `profile` are the student's own or null; `opened(enrollment)` is called once it gives access. */
export function purchasePanel(course, enrollment, profile, { signal, opened }) {
  const panel = h("div.stack", { "aria-live": "polite" });
  const control = h("div");
  const hint = h("p.hint", "You pay on Razorpay's checkout page and get access immediately.");
  let controlLabel = () => "";
  let polling = null;
  let buyer = profile ?? {};

  const buy = async (details) => {
    stop();
    await coupon.ready();
    const order = await checkout.createOrder(course, coupon.code(), details).catch(handleProblem);
    if (order && details) buyer = rememberBuyer(buyer, details);
    if (!order || signal.aborted) return undefined; // already paid in another tab, or the user left the page: no checkout
    if (order.status === "active") return complete(await get(`/api/enrollments/${course.id}`));
    if (order.amount !== coupon.amount()) return showPriceChange();
    show(waitingNote("Opening the payment page …"));
    const answer = await checkout.openCheckout(order, course).catch((problem) => {
      show(coupon.element, buyControl("Try again"));
      throw problem;
    });
    if (answer.dismissed) return showChecking(order, answer.failure);
    show(waitingNote("Confirming your payment …"));
    try {
      return complete((await checkout.verify(answer.paid)).enrollment);
    } catch (problem) {
      showChecking(order, null);
      throw problem;
    }
  };

  const showPriceChange = async () => {
    await coupon.requote();
    show(priceChangedNote(), coupon.element, buyControl("Continue payment"), cancelButton());
  };

  // A conflict can mean that the course was paid in another tab meanwhile, or that a payment is on hold.
  const handleProblem = async (problem) => {
    if (problem.code === "state_required" && !buyer.state_required) {
      buyer = { ...buyer, state_required: true };
      show(coupon.element, buyControl());
      return null;
    }
    if (isCouponProblem(problem) && coupon.code()) {
      coupon.refuse(problem);
      return null;
    }
    if (problem.status !== 409) throw problem;
    const updated = await get(`/api/enrollments/${course.id}`).catch(() => null);
    if (hasAccess(updated)) await complete(updated);
    else if (updated?.orders_on_hold.length) await showEnded(updated);
    else throw problem;
    return null;
  };

  const complete = async (updated) => {
    stop();
    forgetCoupon();
    await cacheEnrollment(updated);
    opened(updated);
  };

  // Razorpay also reports the payment to our server, so poll until the server has it.
  const showChecking = (order, failure) => {
    show(failure ? declinedNote(failure) : checkingNote(order), coupon.element, buyControl("Continue payment"), cancelButton());
    poll();
  };

  const poll = async () => {
    stop();
    const current = (polling = { stopped: false });
    for (let round = 0; !current.stopped && !signal.aborted; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, POLLS[round] ?? POLL_AFTER));
      if (current.stopped || signal.aborted) return;
      const updated = await get(`/api/enrollments/${course.id}`, { signal }).catch(() => null);
      if (current.stopped || signal.aborted || !updated || updated.status === "pending") continue;
      if (updated.status === "cancelled") return showEnded(updated);
      return complete(updated);
    }
  };

  const stop = () => {
    if (polling) polling.stopped = true;
  };

  const showEnded = async (updated) => {
    stop();
    await cacheEnrollment(updated);
    if (updated.orders_on_hold.length) show(heldNote(updated));
    else show(cancelledNote(updated), coupon.element, buyControl());
  };

  const show = (...parts) => panel.replaceChildren(...parts.flat().filter(Boolean));
  const priceLabel = () => coupon.amount() ? `Buy for ${formatPrice({ ...course.price, amount: coupon.amount() })}` : "Enroll for free";

  /** The button that buys, with the form for the invoice if it needs one. Without a text it names the price. */
  const buyControl = (text = null) => {
    controlLabel = () => (text && coupon.amount() ? text : priceLabel());
    control.replaceChildren();
    return drawControl();
  };

  /** Updates the button after a change of the price. A form keeps what was typed. */
  const drawControl = () => {
    const needsForm = buyer.state_required && coupon.amount() > 0;
    const label = needsForm && control.querySelector("form button[type=submit] span");
    hint.hidden = coupon.amount() === 0;
    if (label) label.textContent = controlLabel();
    else control.replaceChildren(needsForm ? checkoutForm(buyer, controlLabel(), buy) : actionButton(controlLabel(), { kind: "primary block" }, () => buy()));
    return control;
  };

  const cancelButton = () => actionButton("Cancel purchase", { kind: "quiet block" }, async () => {
    const text = "If you have already paid, the amount is refunded to you.";
    await confirmDialog({ title: "Cancel this purchase?", text, confirm: "Cancel purchase", kind: "danger" }, async () => {
      await showEnded(await remove(`/api/enrollments/${course.id}`));
      toast("The purchase was cancelled.");
    });
  });

  const onHold = enrollment?.orders_on_hold.length;
  const coupon = couponField(course, { code: onHold || !course.price.amount ? null : enrollment?.coupon ?? couponOfLink(), changed: drawControl });
  if (onHold) {
    show(heldNote(enrollment));
  } else if (enrollment?.status === "pending") {
    show(unfinishedNote(), coupon.element, buyControl("Continue payment"), cancelButton());
    poll();
  } else {
    show(enrollment?.status === "cancelled" && cancelledNote(enrollment), coupon.element, buyControl(), hint);
  }
  return panel;
}
