// From "Buy" to an answer of the gateway's Checkout, and to our server for its verdict.
import { create, post } from "../api/client.js";

const FALLBACK = "https://checkout.razorpay.com/v1/checkout.js";

let loading = null;

/** The order to pay for: the same one for as long as it may still be paid. */
export function order(course) {
  return create("/api/payments/create-order", { course_id: course.id });
}

/** Opens the Checkout. Resolves {paid: answer} with its three signed fields, or {left: true, failure} with the last refusal of the bank. */
export async function pay(made, course) {
  const Razorpay = await script();
  return new Promise((resolve) => {
    let failure = null;
    const checkout = new Razorpay({
      key: made.key_id,
      order_id: made.order_id,
      amount: made.amount,
      currency: made.currency,
      name: made.name,
      description: course.title,
      prefill: made.prefill,
      theme: { color: "#0d6b5b" },
      handler: (answer) => resolve({ paid: answer }),
      modal: { ondismiss: () => resolve({ left: true, failure }) },
    });
    checkout.on("payment.failed", ({ error }) => { failure = error.description; });
    checkout.open();
  });
}

export function verify({ razorpay_order_id, razorpay_payment_id, razorpay_signature }) {
  return post("/api/payments/verify", { razorpay_order_id, razorpay_payment_id, razorpay_signature });
}

/** The gateway's own script, fetched once. Which one is the server's to say. */
function script() {
  loading ??= load().catch((fault) => {
    loading = null;
    throw fault;
  });
  return loading;
}

async function load() {
  const response = await fetch("/settings.json").catch(() => null);
  const config = response?.ok ? await response.json() : {};
  await new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = config.checkout_script ?? FALLBACK;
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => reject(Object.assign(new Error(), { status: 0, passing: true, errors: [], detail: "The payment page could not be loaded. Nothing was charged: try again." })));
    document.head.append(element);
  });
  return window.Razorpay;
}
