// A field for an amount of money, such as "499.50".
import { textField } from "./fields.js";
import { asDecimal, formatMoney, minorDigits, toMinor } from "./format.js";

const LEAST_PRICE = 100; // minor units; the gateway takes no less
const HIGHEST = 100_000_000; // minor units, as in the API

/** `value` and the value that is sent are in minor units of `currency`; null for an empty field. `price` takes 0, and what the gateway accepts. */
export function amountField({ currency, value = null, price = false, ...config }) {
  const digits = minorDigits(currency);
  const places = digits ? `(\\.[0-9]{1,${digits}})?` : "";
  const wrong = `Enter an amount such as ${digits ? "499 or 499.50" : "499"}.`;
  const field = textField({ inputmode: "decimal", pattern: `[0-9][0-9,]*${places}`, title: wrong, wrong, ...config,
    value: value === null ? "" : asDecimal(value, digits).replace(/\.0+$/, ""), read: (typed) => (typed.trim() ? toMinor(typed, currency) : null) });
  const money = (amount) => formatMoney({ amount, currency });
  const problem = (amount) => {
    if (amount === null) return wrong;
    if (amount > HIGHEST) return `At most ${money(HIGHEST)}.`;
    if (!price) return amount > 0 ? "" : "Enter an amount above 0.";
    return amount > 0 && amount < LEAST_PRICE ? `At least ${money(LEAST_PRICE)}, or 0 for free.` : "";
  };
  const valid = () => {
    field.input.setCustomValidity("");
    if (field.input.value.trim() && field.input.checkValidity()) field.input.setCustomValidity(problem(field.value()));
    return field.valid();
  };
  field.input.addEventListener("input", () => field.input.setCustomValidity(""));
  return { ...field, valid };
}
