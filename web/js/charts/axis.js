// Round numbers for axes.

/** [0, step, …]: at most `maxSteps` steps of 1, 2 or 5 times a power of ten, the last at or above `highest`. Whole steps of `least` at least. */
export function axisTicks(highest, maxSteps = 4, least = 1) {
  const rough = Math.max(highest / maxSteps, least);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough * 0.999);
  const count = Math.max(Math.ceil(highest / step), 1);
  return Array.from({ length: count + 1 }, (_, at) => at * step);
}
