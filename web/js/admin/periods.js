// Consecutive periods for charts: a period without revenue is zero, not missing.
import { formatShortDate } from "../ui/format.js";

const MAX_MONTHS = 12;
const MIN_MONTHS = 6;

/** `periods` as in the API response, oldest first; returns [{month, net, gross, refunded}] in minor units of `currency`. */
export function monthsOf(periods, currency) {
  const byPeriod = new Map(periods.filter((one) => one.net.currency === currency).map((one) => [one.month, one]));
  const names = [...byPeriod.keys()].sort();
  const all = [];
  for (let month = names.at(-1); month && all.length < MAX_MONTHS && (month >= names[0] || all.length < MIN_MONTHS); month = previousMonth(month)) {
    const one = byPeriod.get(month);
    all.unshift({ month: month, net: one?.net.amount ?? 0, gross: one?.gross.amount ?? 0, refunded: one?.refunded.amount ?? 0 });
  }
  return all;
}

function previousMonth(month) {
  const [year, number] = month.split("-").map(Number);
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, "0")}`;
}

/** The revenue of each of `days` ("2026-11-30", as the API names the seller's days), from `periods` as in the API
 * response: [{name, net, gross, refunded}]. */
export function daysOf(periods, currency, days) {
  const byPeriod = new Map(periods.filter((one) => one.net.currency === currency).map((one) => [one.period, one]));
  return days.map((day) => {
    const one = byPeriod.get(day);
    return { name: formatShortDate(day), net: one?.net.amount ?? 0, gross: one?.gross.amount ?? 0, refunded: one?.refunded.amount ?? 0 };
  });
}
