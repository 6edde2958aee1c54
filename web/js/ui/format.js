// Format money, times and counts. Money is in minor units and is never converted to a float. Days and times are those of
// the seller, so that the page, a receipt and a dashboard name the same day wherever the reader is.

import { EXPONENTS } from "./currencies.js";

const LOCALE = "en-IN";
const formats = new Map();

let timeZone = "Asia/Kolkata";

/** Sets the time zone of all days and times, an IANA name. Throws a RangeError if the browser does not know it. */
export function setTimeZone(name) {
  new Intl.DateTimeFormat(LOCALE, { timeZone: name });
  timeZone = name;
}

/** The IANA name of the seller's time zone. */
export function sellerTimeZone() {
  return timeZone;
}

function currencyFormat(currency, trailingZeroDisplay) {
  const key = `${currency} ${trailingZeroDisplay}`;
  if (!formats.has(key)) {
    const digits = minorDigits(currency);
    const options = { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits, trailingZeroDisplay };
    formats.set(key, new Intl.NumberFormat(LOCALE, options));
  }
  return formats.get(key);
}

/** Digits after the point: 2 for INR, 0 for JPY, 3 for KWD. */
export function minorDigits(currency) {
  return EXPONENTS[currency] ?? 2;
}

/** {amount: 49900, currency: "INR"} as "₹499", -49900 as "−₹499". */
export function formatMoney({ amount, currency }) {
  return withMinus(currencyFormat(currency, "stripIfInteger").format(asDecimal(amount, minorDigits(currency))));
}

/** {amount: 49900, currency: "INR"} as "₹499.00", for columns of amounts. */
export function formatExactMoney({ amount, currency }) {
  return withMinus(currencyFormat(currency, "auto").format(asDecimal(amount, minorDigits(currency))));
}

/** The text of Intl, which has a hyphen for the minus sign. */
const withMinus = (text) => text.replace("-", "−");

/** Amounts in several currencies: "₹499 + $5"; a dash when all are zero. */
export function moneyList(amounts) {
  return amounts.filter((one) => one.amount !== 0).map(formatMoney).join(" + ") || "–";
}

/** A price: like formatMoney, but "Free" for zero. */
export function formatPrice(value) {
  return value.amount === 0 ? "Free" : formatMoney(value);
}

/** Short money for axes: "₹1.2L". */
export function formatShortMoney(amount, currency) {
  const options = { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 };
  return withMinus(new Intl.NumberFormat(LOCALE, options).format(asDecimal(amount, minorDigits(currency))));
}

/** 49900 with 2 digits as the text "499.00", which Intl takes without rounding. */
export function asDecimal(amount, digits) {
  const sign = amount < 0 ? "-" : "";
  const text = String(Math.abs(amount)).padStart(digits + 1, "0");
  return digits ? `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}` : sign + text;
}

/** "499.5" of INR as 49950; null when it is not an amount of that currency. */
export function toMinor(text, currency) {
  const digits = minorDigits(currency);
  const match = /^(\d{1,9})(?:\.(\d*))?$/.exec(text.trim().replaceAll(",", ""));
  if (!match || (match[2] ?? "").length > digits) return null;
  return Number(match[1] + (match[2] ?? "").padEnd(digits, "0"));
}

export function formatCount(number) {
  return new Intl.NumberFormat(LOCALE).format(number);
}

/** plural(2, "lesson") is "2 lessons". */
export function plural(number, word, many = `${word}s`) {
  return `${formatCount(number)} ${number === 1 ? word : many}`;
}

/** The seller's day of a time. */
export function formatDate(iso) {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone }).format(new Date(iso));
}

/** A time as the seller's clock shows it. For a reader whose clock shows another time, the zone is named. */
export function formatDateTime(iso) {
  const moment = new Date(iso);
  const options = { dateStyle: "medium", timeStyle: "short" };
  const text = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone }).format(moment);
  return text === new Intl.DateTimeFormat(LOCALE, options).format(moment) ? text : `${text} ${zoneName(moment)}`;
}

/** The end of a period, which is excluded: "30 Nov 2026" for an end at midnight, otherwise day and time. */
export function formatUntil(iso) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone }).format(new Date(iso));
  return parts === "00:00:00" ? formatDate(Date.parse(iso) - 1) : formatDateTime(iso);
}

/** "IST", "GMT-5": the short name of the seller's time zone at that moment. */
function zoneName(moment) {
  const parts = new Intl.DateTimeFormat(LOCALE, { timeZone, timeZoneName: "short" }).formatToParts(moment);
  return parts.find((part) => part.type === "timeZoneName").value;
}

/** A day of the API, "2026-11-30", as "30 Nov 2026". */
export function formatDay(text) {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeZone: "UTC" }).format(new Date(`${text}T00:00:00Z`));
}

/** "2026-11-30" as "30 Nov". */
export function formatShortDate(text) {
  return new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(`${text}T00:00:00Z`));
}

/** 754 as "12 min 34 s", 5400 as "1 h 30 min". */
export function formatDuration(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  if (minutes >= 5 || seconds % 60 === 0) return `${Math.round(seconds / 60)} min`;
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** The seller's month of a time, "2026-11". */
export function monthOf(moment) {
  return new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone }).format(moment).slice(0, 7);
}

/** "2026-03" as "Mar 2026". */
export function formatMonth(text) {
  return new Intl.DateTimeFormat(LOCALE, { month: "short", year: "numeric", timeZone: "UTC" }).format(new Date(`${text}-01T00:00:00Z`));
}

/** "refund_pending" as "Refund pending". */
export function titleCase(code) {
  const text = String(code).replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A message of the server as a sentence, with a capital letter and a full stop. */
export function sentence(text) {
  const trimmed = text.trim();
  const ended = /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}
