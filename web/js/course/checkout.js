// Create an order, open Razorpay's Checkout, and verify the result on our server.
import { createIdempotent, post } from "../api/client.js";

const FALLBACK = "https://checkout.razorpay.com/v1/checkout.js";

let scriptPromise = null;

/** The price with a coupon, or without one (null). Nothing is written. */
export function quotePrice(course, coupon) {
  return post("/api/payments/quote", { course_id: course.id, coupon });
}

/** The order to pay; while it can be paid, repeated calls for the same buyer and coupon return the same one. A price of 0
    opens the course: the answer has the status "active", and no order. */
export function createOrder(course, coupon, buyer) {
  return createIdempotent("/api/payments/create-order", { course_id: course.id, coupon, ...buyer });
}

/** Opens Checkout. Resolves {paid: response} with the three signed fields, or {dismissed: true, failure} with the bank's last error. */
export async function openCheckout(order, course) {
  const Razorpay = await loadCheckoutScript();
  return new Promise((resolve) => {
    let failure = null;
    const checkout = new Razorpay({
      key: order.key_id,
      order_id: order.order_id,
      amount: order.amount,
      currency: order.currency,
      name: order.name,
      description: course.title,
      prefill: order.prefill,
      theme: { color: "#0d6b5b" },
      handler: (response) => resolve({ paid: response }),
      modal: { ondismiss: () => resolve({ dismissed: true, failure }) },
    });
    checkout.on("payment.failed", ({ error }) => { failure = error.description; });
    checkout.open();
  });
}

export function verify({ razorpay_order_id, razorpay_payment_id, razorpay_signature }) {
  return post("/api/payments/verify", { razorpay_order_id, razorpay_payment_id, razorpay_signature });
}

/** Loads Razorpay's script once; /settings.json has its URL. */
function loadCheckoutScript() {
  scriptPromise ??= insertScript().catch((error) => {
    scriptPromise = null;
    throw error;
  });
  return scriptPromise;
}

async function insertScript() {
  const response = await fetch("/settings.json").catch(() => null);
  const config = response?.ok ? await response.json() : {};
  await new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = config.checkout_script ?? FALLBACK;
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => reject(Object.assign(new Error(), { status: 0, retryable: true, errors: [], detail: "The payment page could not be loaded. Nothing was charged: try again." })));
    document.head.append(element);
  });
  return window.Razorpay;
}
