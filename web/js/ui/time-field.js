// A field for a moment, entered as the seller's clock shows it.
import { textField } from "./fields.js";
import { sellerTimeZone } from "./format.js";
import { clockTime, momentOf } from "./zoned-time.js";

/** `value` and the value that is sent are ISO 8601 in UTC, or null. */
export function timeField({ value, ...config }) {
  return textField({ type: "datetime-local", title: `In the time zone ${sellerTimeZone()}`, ...config, value: value ? clockTime(value) : "", read: momentOf });
}
