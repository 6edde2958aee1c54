// Horizontal bars, stacked by series: they leave room for long names and fit a phone.
import { s } from "../ui/dom.js";
import { chart, legend } from "./chart.js";
import { axisTicks } from "./axis.js";

const ROW_HEIGHT = 46;
const BAR_HEIGHT = 16;
const AXIS_HEIGHT = 26;

/**
 * `series` is [{name, colour}]; `data` is [{name, values: [one per series]}]; `show(value)` formats a value, `axis(value)` formats it short.
 * `highest` fixes the end of the axis (100 for percentages).
 */
export function barChart({ title, note, series, data, show = String, axis = show, highest = null, least = 1, empty }) {
  const totals = data.map((row) => row.values.reduce((sum, value) => sum + value, 0));
  const scale = axisTicks(highest ?? Math.max(...totals, least), 4, least);
  const end = highest ?? scale.at(-1);
  return chart({
    title, note, empty,
    legend: series.length > 1 ? legend(series) : null,
    columns: ["", ...series.map((one) => one.name), ...(series.length > 1 ? ["Total"] : [])],
    rows: data.map((row, at) => [row.name, ...row.values.map(show), ...(series.length > 1 ? [show(totals[at])] : [])]),
    draw: (width) => draw(width, { data, series, totals, scale, end, show, axis }),
  });
}

function draw(width, { data, series, totals, scale, end, show, axis }) {
  const height = data.length * ROW_HEIGHT + AXIS_HEIGHT;
  const right = Math.max(...totals.map((total) => show(total).length)) * 7.5 + 16;
  const xScale = (value) => (value / end) * (width - right);
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}` });
  const marks = [];
  const visibleTicks = width < 420 ? scale.filter((_, at) => at % 2 === 0) : scale;
  for (const tick of visibleTicks.filter((one) => one <= end)) {
    svg.append(
      s("line", { class: tick ? "grid-line" : "axis-line", x1: xScale(tick), x2: xScale(tick), y1: 0, y2: height - AXIS_HEIGHT + 4 }),
      s("text", { x: xScale(tick), y: height - 6, "text-anchor": tick ? "middle" : "start" }, axis(tick)));
  }
  data.forEach((row, at) => {
    const top = at * ROW_HEIGHT + 22;
    svg.append(s("text", { class: "strong", x: 0, y: top - 7 }, truncate(row.name, width - 4)));
    let from = 0;
    row.values.forEach((value, which) => {
      if (!value) return;
      const x = xScale(from);
      const wide = Math.max(xScale(value), 2);
      const element = s("rect", { class: `mark c${series[which].colour}`, x: x + (from ? 1 : 0), y: top, width: Math.max(wide - (from ? 1 : 0), 1), height: BAR_HEIGHT, rx: 3 });
      svg.append(element);
      marks.push({ element, x: x + wide / 2, y: top, value: show(value), label: series.length > 1 ? `${row.name}, ${series[which].name.toLowerCase()}` : row.name });
      from += value;
    });
    svg.append(s("text", { x: xScale(totals[at]) + 8, y: top + BAR_HEIGHT - 4 }, show(totals[at])));
  });
  return { svg, marks };
}

function truncate(name, width) {
  const maxLength = Math.max(Math.floor(width / 7.4), 8);
  return name.length > maxLength ? `${name.slice(0, maxLength - 1)}…` : name;
}
