// The coupon of a purchase: a field for the code, then the price with it. The price comes from the server, which writes nothing.
import { actionButton } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { formatMoney, formatPrice } from "../ui/format.js";
import { quotePrice } from "./checkout.js";
import { forgetCoupon } from "./coupon-link.js";

const FORM_CODES = ["coupon_invalid", "coupon_not_found", "coupon_not_active_yet", "coupon_expired", "coupon_exhausted", "coupon_used", "coupon_not_for_course",
  "coupon_below_minimum", "coupon_first_purchase_only", "amount_below_minimum"];
const FIELD_BY_CODE = Object.fromEntries(FORM_CODES.map((code) => [code, "coupon"]));

/** What is too low is the price with the coupon, which the learner does not see. */
const inWords = (problem) => problem.code === "amount_below_minimum"
  ? Object.assign(problem, { detail: "This coupon cannot be used for this course: the price with it would be too low to be paid." })
  : problem;

/** Whether create-order refused the coupon. */
export const isCouponProblem = (problem) => problem.code in FIELD_BY_CODE;

/** `code` is filled in and applied at once; a free course has no field. `changed()` is called with each new price. The result has `element`, `code()`,
    `amount()`, `requote()`, `refuse(problem)`, and `ready()`, which waits until the price of the first code is known. */
export function couponField(course, { code, changed }) {
  const element = h("div.coupon");
  let quote = null;
  let ready = Promise.resolve();

  const ask = async (asked) => {
    quote = await quotePrice(course, asked).catch((problem) => { throw inWords(problem); });
    draw();
  };

  const draw = () => {
    const other = quote && quote.amount !== course.price.amount;
    element.replaceChildren(...[quote && (quote.coupon || other) && summary(quote), quote?.coupon ? removeButton() : entry("")].filter(Boolean));
    changed();
  };

  const removeButton = () => actionButton("Remove coupon", { kind: "quiet small", mark: "x" }, async () => {
    forgetCoupon();
    await ask(null);
    element.querySelector("summary")?.focus();
  });

  const entry = (value, problem = null) => {
    const field = textField({ name: "coupon", label: "Coupon code", value, required: true, maxlength: 40, autocomplete: "off" });
    field.input.autocapitalize = "characters";
    field.setError(problem && inWords(problem).detail);
    return h("details", { open: Boolean(value) }, h("summary", "Have a coupon?"),
      form({ fields: [field], submit: "Apply", kind: "small", fieldByCode: FIELD_BY_CODE, onsubmit: async (values) => {
        await ask(values.coupon);
        element.querySelector("button")?.focus();
      } }));
  };

  const refuse = (problem) => {
    const refused = quote?.coupon ?? code ?? "";
    quote = null;
    element.replaceChildren(entry(refused, problem));
    changed();
  };

  if (code) {
    element.replaceChildren(entry(code));
    ready = ask(code).catch((problem) => {
      if (problem.status === undefined) throw problem;
      element.replaceChildren(entry(code, problem));
    });
  } else if (course.price.amount) {
    element.replaceChildren(entry(""));
  }
  return { element, refuse, code: () => quote?.coupon ?? null, amount: () => quote?.amount ?? course.price.amount, ready: () => ready, requote: () => ask(quote?.coupon ?? null) };
}

function summary(quote) {
  const money = (amount) => formatMoney({ amount, currency: quote.currency });
  const line = (name, value, kind = "") => h("div", { class: kind }, h("dt", name), h("dd", value));
  const sale = quote.list_amount - quote.price;
  return h("dl.bill", { "aria-label": "Price" },
    line("Regular price", money(quote.list_amount)),
    sale > 0 && line("Sale", money(-sale)),
    quote.coupon && line(`Coupon ${quote.coupon}`, money(quote.amount - quote.price)),
    line("You pay", formatPrice(quote), "total"));
}
