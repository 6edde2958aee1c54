// A field for a moment, entered as the seller's clock shows it.
import { textField } from "./fields.js";
import { sellerTimeZone } from "./format.js";
import { clockTime, momentOf } from "./zoned-time.js";

/** The bounds keep a mistyped year, such as 20266, from being sent. `value` and the value that is sent are ISO 8601 in UTC, or null. */
export function timeField({ value, ...config }) {
  return textField({ type: "datetime-local", min: "2000-01-01T00:00", max: "9999-12-31T23:59", wrong: "Enter a date and a time.", title: `In the time zone ${sellerTimeZone()}`, ...config, value: value ? clockTime(value) : "", read: momentOf });
}
