// A field for an amount of money, such as "499.50".
import { textField } from "./fields.js";
import { asDecimal, minorDigits, toMinor } from "./format.js";

/** `value` and the value that is sent are in minor units of `currency`; null for an empty field. */
export function amountField({ currency, value = null, ...config }) {
  const digits = minorDigits(currency);
  const places = digits ? `(\\.[0-9]{1,${digits}})?` : "";
  return textField({ inputmode: "decimal", pattern: `[0-9][0-9,]*${places}`, title: digits ? "An amount such as 499 or 499.50" : "An amount such as 499", ...config,
    value: value === null ? "" : asDecimal(value, digits).replace(/\.0+$/, ""), read: (typed) => (typed.trim() ? toMinor(typed, currency) : null) });
}
