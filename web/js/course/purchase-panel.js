// The purchase panel of the course page: shows the state of the payment and the next step.
import { get, remove } from "../api/client.js";
import { hasAccess, cacheEnrollment } from "../enrollments.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { formatDateTime, formatPrice, sentence } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { toast } from "../ui/toast.js";
import * as checkout from "./checkout.js";
import { checkoutForm, rememberBuyer } from "./checkout-form.js";

const POLLS = [1000, 1000, 2000, 2000, 3000];
const POLL_AFTER = 5000;

/** `enrollment` and `profile` are the student's own or null; `opened(enrollment)` is called once it gives access. */
export function purchasePanel(course, enrollment, profile, { signal, opened }) {
  const panel = h("div.stack", { "aria-live": "polite" });
  let polling = null;
  let buyer = profile ?? {};

  const buy = async (details) => {
    stop();
    const order = await checkout.createOrder(course, details).catch(handleProblem);
    if (order && details) buyer = rememberBuyer(buyer, details);
    if (!order || signal.aborted) return undefined; // already paid in another tab, or the user left the page: no checkout
    show(waitingNote("Opening the payment page …"));
    const answer = await checkout.openCheckout(order, course).catch((problem) => {
      show(buyControl("Try again"));
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

  // A conflict can mean that the course was paid in another tab meanwhile, or that a payment is on hold.
  const handleProblem = async (problem) => {
    if (problem.code === "state_required" && !buyer.state_required) {
      buyer = { ...buyer, state_required: true };
      show(buyControl(`Buy for ${formatPrice(course.price)}`));
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
    await cacheEnrollment(updated);
    opened(updated);
  };

  // Razorpay also reports the payment to our server, so poll until the server has it.
  const showChecking = (order, failure) => {
    show(failure ? declinedNote(failure) : checkingNote(order), buyControl("Continue payment"), cancelButton());
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
    else show(cancelledNote(updated), buyControl(`Buy for ${formatPrice(course.price)}`));
  };

  const show = (...parts) => panel.replaceChildren(...parts.flat().filter(Boolean));
  const buyControl = (text) => buyer.state_required ? checkoutForm(buyer, text, buy) : actionButton(text, { kind: "primary block" }, () => buy());
  const cancelButton = () => actionButton("Cancel purchase", { kind: "quiet block" }, async () => {
    const text = "If you have already paid, the amount is refunded to you.";
    await confirmDialog({ title: "Cancel this purchase?", text, confirm: "Cancel purchase", kind: "danger" }, async () => {
      await showEnded(await remove(`/api/enrollments/${course.id}`));
      toast("The purchase was cancelled.");
    });
  });

  if (enrollment?.orders_on_hold.length) {
    show(heldNote(enrollment));
  } else if (enrollment?.status === "pending") {
    show(unfinishedNote(), buyControl("Continue payment"), cancelButton());
    poll();
  } else {
    show(enrollment?.status === "cancelled" && cancelledNote(enrollment), buyControl(`Buy for ${formatPrice(course.price)}`),
      h("p.hint", "You pay on Razorpay's checkout page and get access immediately."));
  }
  return panel;
}

const note = (kind, iconName, title, text) => h("div.note", { class: kind }, icon(iconName), h("div", h("strong", title), h("p", text)));

const waitingNote = (text) => h("p.note.wait", icon("clock"), h("span", text));

const checkingNote = (order) => note("wait", "clock", "We are checking your payment",
  `If you paid, you get access automatically, usually within a minute, even if you close this page. If you did not pay, nothing is charged, and you can continue${order.expires_at ? ` until ${formatDateTime(order.expires_at)}` : ""}.`);

const declinedNote = (reason) => note("bad", "alert", "The payment failed",
  `${sentence(reason)} You can try again. You will not be charged twice.`);

const unfinishedNote = () => note("wait", "clock", "Your payment is not complete",
  "If you have paid, we are checking your payment and you get access automatically. If not, continue the payment.");

const heldNote = (enrollment) => note("wait", "clock", "Your payment is being reviewed",
  `You paid another amount than the price (${enrollment.orders_on_hold[0]}). We will open the course or return the money. Please do not pay again.`);

const REASON_TEXTS = {
  expired: "The order expired without a payment. A late payment gives you access or is refunded.",
  withdrawn: "You cancelled this purchase.",
  refunded: "Your payment was refunded.",
  revoked: "An administrator revoked your access.",
  chargeback: "Your bank reversed the payment.",
  mismatch: "You paid another amount than the price, and the payment is returned to you.",
  not_captured: "The payment was not completed, and the amount was returned to you.",
};

const cancelledNote = (enrollment) => note("", "alert", "You are no longer enrolled", REASON_TEXTS[enrollment.reason] ?? "This enrollment has ended.");
