// An area chart: a value over time.
import { s } from "../ui/dom.js";
import { chart } from "./chart.js";
import { axisTicks } from "./axis.js";

const HEIGHT = 240;
const SMALL_DOTS_ABOVE = 15;
const PADDING = { top: 14, right: 16, bottom: 28, left: 58 };

/** `data` is [{name, value, more}] in order of time; `show(value)` formats a value, `axis(value)` formats it short; `more` are extra columns of the table. */
export function areaChart({ title, note, data, show = String, axis = show, columns, least = 1, empty }) {
  const scale = axisTicks(Math.max(...data.map((one) => one.value), least), 4, least);
  return chart({
    title, note, empty, columns,
    rows: data.map((one) => [one.name, show(one.value), ...(one.more ?? [])]),
    draw: (width) => draw(width, { data, scale, show, axis }),
  });
}

function draw(width, { data, scale, show, axis }) {
  const floor = HEIGHT - PADDING.bottom;
  const inner = width - PADDING.left - PADDING.right;
  const x = (at) => PADDING.left + (data.length > 1 ? (at / (data.length - 1)) * inner : inner / 2);
  const y = (value) => floor - (Math.max(value, 0) / scale.at(-1)) * (floor - PADDING.top);
  const svg = s("svg", { viewBox: `0 0 ${width} ${HEIGHT}` });
  for (const tick of scale) {
    svg.append(
      s("line", { class: tick ? "grid-line" : "axis-line", x1: PADDING.left, x2: width - PADDING.right, y1: y(tick), y2: y(tick) }),
      s("text", { x: PADDING.left - 8, y: y(tick) + 4, "text-anchor": "end" }, axis(tick)));
  }
  const every = Math.ceil((data.length * 90) / inner);
  data.forEach((one, at) => {
    if ((data.length - 1 - at) % every === 0) svg.append(s("text", { x: x(at), y: HEIGHT - 8, "text-anchor": data.length > 1 && at === data.length - 1 ? "end" : "middle" }, one.name));
  });
  const points = data.map((one, at) => `${x(at)},${y(one.value)}`);
  if (data.length > 1) {
    svg.append(
      s("path", { class: "under", d: `M${x(0)},${floor} L${points.join(" L")} L${x(data.length - 1)},${floor} Z` }),
      s("path", { class: "line", d: `M${points.join(" L")}` }));
  } else {
    svg.append(s("rect", { class: "under", x: x(0) - 24, width: 48, y: y(data[0].value), height: floor - y(data[0].value), rx: 4 }));
  }
  const slice = inner / Math.max(data.length - 1, 1);
  const marks = data.map((one, at) => {
    const element = s("g", { class: "point" },
      s("rect", { x: x(at) - slice / 2, y: 0, width: slice, height: floor, fill: "transparent" }),
      s("circle", { class: data.length > SMALL_DOTS_ABOVE ? "dot quiet" : "dot", cx: x(at), cy: y(one.value), r: 4.5 }));
    svg.append(element);
    return { element, x: x(at), y: y(one.value), value: show(one.value), label: one.name };
  });
  return { svg, marks };
}
