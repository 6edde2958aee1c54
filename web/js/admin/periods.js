// Periods without a gap: one without income is a zero, not a missing point.

const MOST = 12;
const LEAST = 6;

/** `known` as the API gives it, oldest first; answers [{month, net, gross, refunded}] in minor units of `currency`. */
export function monthsOf(known, currency) {
  const mine = new Map(known.filter((one) => one.net.currency === currency).map((one) => [one.month, one]));
  const names = [...mine.keys()].sort();
  const all = [];
  for (let at = names.at(-1); at && all.length < MOST && (at >= names[0] || all.length < LEAST); at = before(at)) {
    const one = mine.get(at);
    all.unshift({ month: at, net: one?.net.amount ?? 0, gross: one?.gross.amount ?? 0, refunded: one?.refunded.amount ?? 0 });
  }
  return all;
}

function before(month) {
  const [year, number] = month.split("-").map(Number);
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, "0")}`;
}

/** The last 30 days to today (UTC), of `known` as the API gives it: [{name, net, gross, refunded}]. */
export function daysOf(known, currency, today = new Date()) {
  const mine = new Map(known.filter((one) => one.net.currency === currency).map((one) => [one.period, one]));
  return Array.from({ length: 30 }, (_, at) => {
    const day = new Date(today.getTime() - (29 - at) * 86_400_000);
    const one = mine.get(day.toISOString().slice(0, 10));
    const name = new Intl.DateTimeFormat("en-IN", { day: "numeric", month: "short", timeZone: "UTC" }).format(day);
    return { name, net: one?.net.amount ?? 0, gross: one?.gross.amount ?? 0, refunded: one?.refunded.amount ?? 0 };
  });
}
