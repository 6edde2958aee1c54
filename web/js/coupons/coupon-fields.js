// The form fields of a coupon, for creating and editing.
import { fieldProblem } from "../api/problem.js";
import { amountField } from "../ui/amount-field.js";
import { checkboxField, selectField, textField } from "../ui/fields.js";
import { sellerTimeZone } from "../ui/format.js";
import { timeField } from "../ui/time-field.js";
import { courseChoice } from "./course-choice.js";

const CURRENCY = "INR";
const KINDS = [["percent", "Percentage"], ["amount", `Amount in ${CURRENCY}`]];
export const FIELD_BY_CODE = { coupon_code_taken: "code", coupon_limit_below_use: "limit" };

/** All terms, for a new coupon. */
export function newCouponFields() {
  const kind = selectField({ name: "discount_kind", label: "Kind of discount", value: "percent", required: true, options: KINDS });
  const value = valueField(() => kind.value(), null);
  kind.input.addEventListener("change", value.update);
  return [
    textField({ name: "code", label: "Code", required: true, minlength: 3, maxlength: 32, pattern: "[A-Za-z0-9\\-]{3,32}", title: "3 to 32 letters, digits and hyphens", wrong: "Use 3 to 32 letters, digits and hyphens.", autocomplete: "off",
      placeholder: "DIWALI-25", hint: "3 to 32 letters, digits and hyphens. It cannot be changed later.", read: (text) => text.trim().toUpperCase() }),
    kind, value,
    ...limits(null),
    limitField(null),
    courses(null),
    checkboxField({ name: "first_purchase", label: "Only for a learner's first purchase" }),
  ];
}

/** What the API lets an admin edit; `titles` is a Map from course id to title. A coupon without a limit never gets one. */
export function editFields(coupon, titles) {
  return [valueField(() => coupon.discount_kind, coupon.value), ...limits(coupon), ...(coupon.limit === null ? [] : [limitField(coupon.limit)]), courses(coupon, titles)];
}

/** The server checks the same; here the error is at the field. */
export function requireWindow({ valid_from: from, valid_until: until }) {
  if (from && until && until <= from) throw fieldProblem("valid_until", "The end must be after the beginning.");
}

function courses(coupon, titles = new Map()) {
  return courseChoice({ name: "courses", label: "Courses", value: coupon?.courses ?? [], titles, hint: "Without a choice, the coupon is for every course." });
}

function limits(coupon) {
  return [
    amountField({ name: "minimum", label: `Lowest price in ${CURRENCY}`, currency: CURRENCY, value: coupon?.minimum, hint: "Only for courses at this price or above." }),
    timeField({ name: "valid_from", label: "Valid from", value: coupon?.valid_from, hint: `Time zone: ${sellerTimeZone().replaceAll("_", " ")}.` }),
    timeField({ name: "valid_until", label: "Valid until", value: coupon?.valid_until }),
    wholeNumber({ name: "per_learner", label: "Uses per learner", value: String(coupon?.per_learner ?? 1), required: true, min: 1, max: 100 }),
  ];
}

const limitField = (limit) => wholeNumber({ name: "limit", label: "Uses in total", value: limit === null ? "" : String(limit), required: limit !== null, min: 1, max: 10_000_000,
  hint: limit === null ? "Empty: no limit. A limit cannot be added later." : "Not below the uses that are taken." });

const wholeNumber = (config) => textField({ type: "number", step: 1, inputmode: "numeric", ...config, read: (text) => (text ? Number(text) : null) });

/** A percentage or an amount, as `kind()` says; `update()` after the kind has changed. */
function valueField(kind, value) {
  const isPercent = () => kind() === "percent";
  const initial = value !== null && isPercent() ? { value: value * 100 } : { value };
  const field = amountField({ name: "value", label: "Discount", currency: CURRENCY, required: true, title: "An amount such as 100 or 99.50, or a whole percentage", wrong: "Enter an amount such as 100 or 99.50, or a whole percentage.", ...initial });
  const label = field.element.querySelector("label");
  const update = () => {
    label.textContent = isPercent() ? "Percent off" : `Amount off in ${CURRENCY}`;
    field.setError(null);
  };
  const read = () => (isPercent() ? Number(field.input.value) : field.value());
  const wrong = () => field.input.value !== "" && !(Number.isInteger(read()) && read() >= 1 && read() <= 100);
  field.input.addEventListener("input", () => field.input.setCustomValidity(""));
  update();
  return { ...field, update, value: read, valid: () => {
    if (!isPercent()) return field.valid();
    field.input.setCustomValidity(wrong() ? "A whole percentage from 1 to 100." : "");
    return field.input.checkValidity();
  } };
}
