// Consecutive periods for charts: a period without revenue is zero, not missing.

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

/** The last 30 days to today (UTC), from `periods` as in the API response: [{name, net, gross, refunded}]. */
export function daysOf(periods, currency, today = new Date()) {
  const byPeriod = new Map(periods.filter((one) => one.net.currency === currency).map((one) => [one.period, one]));
  return Array.from({ length: 30 }, (_, at) => {
    const day = new Date(today.getTime() - (29 - at) * 86_400_000);
    const one = byPeriod.get(day.toISOString().slice(0, 10));
    const name = new Intl.DateTimeFormat("en-IN", { day: "numeric", month: "short", timeZone: "UTC" }).format(day);
    return { name, net: one?.net.amount ?? 0, gross: one?.gross.amount ?? 0, refunded: one?.refunded.amount ?? 0 };
  });
}
