// Times that the seller's clock shows, as <input type="datetime-local"> has them: "2026-12-01T00:10".
import { sellerTimeZone } from "./format.js";

const DAY_MS = 86_400_000;

/** The moment (ISO 8601, UTC) at which the seller's clock shows `text`; null for a text that is no time. Of a time that the
    clock shows twice, when summer time ends, the first; a time that it skips is an hour later on the clock. */
export function momentOf(text) {
  const wall = Date.parse(`${text}Z`);
  if (Number.isNaN(wall)) return null;
  const offsets = [offsetAt(wall - DAY_MS), offsetAt(wall + DAY_MS)];
  const offset = offsets.find((one) => offsetAt(wall - one) === one) ?? offsets[0];
  return new Date(wall - offset).toISOString();
}

/** What the seller's clock shows at a moment, to the minute. */
export function clockTime(iso) {
  const moment = Date.parse(iso);
  return new Date(moment + offsetAt(moment)).toISOString().slice(0, 16);
}

/** How far the seller's clock is ahead of UTC then, in milliseconds. */
function offsetAt(moment) {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: sellerTimeZone(), hourCycle: "h23",
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" });
  const { year, month, day, hour, minute, second } = Object.fromEntries(format.formatToParts(new Date(moment)).map((part) => [part.type, Number(part.value)]));
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
}
