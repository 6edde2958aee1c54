// A donut chart: shares of a total, with the total in the middle and a legend.
import { h, s } from "../ui/dom.js";
import { chart, legend } from "./chart.js";

const OUTER = 84;
const INNER = 56;
const SIZE = 180;

/** `data` is [{name, value, colour}]; `unit` is the label of the total. */
export function donutChart({ title, note, data, unit, total = null, show = String, empty }) {
  const sum = data.reduce((all, one) => all + one.value, 0);
  const whole = total ?? sum;
  const figure = chart({
    title, note, empty,
    columns: ["", unit],
    rows: sum ? data.map((one) => [one.name, show(one.value)]) : [],
    draw: (width) => draw(width, { data, sum, whole, unit, show }),
  });
  const host = figure.querySelector(".chart-host");
  if (host) {
    const container = h("div.donut");
    host.replaceWith(container);
    container.append(host, legend(data.map((one) => ({ ...one, value: show(one.value) }))));
  }
  return figure;
}

function draw(width, { data, sum, whole, unit, show }) {
  const svg = s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}` });
  const scale = width / SIZE;
  const marks = [];
  let from = 0;
  for (const one of data.filter((each) => each.value > 0)) {
    const to = from + one.value / sum;
    const element = s("path", { class: `mark c${one.colour}`, d: arcPath(from, to) });
    svg.append(element);
    const [x, y] = pointAt((from + to) / 2, (OUTER + INNER) / 2);
    marks.push({ element, x: x * scale, y: y * scale, value: show(one.value), label: `${one.name}, ${Math.round((one.value / sum) * 100)} %` });
    from = to;
  }
  svg.append(
    s("text", { class: "big", x: SIZE / 2, y: SIZE / 2 + 4, "text-anchor": "middle" }, show(whole)),
    s("text", { x: SIZE / 2, y: SIZE / 2 + 24, "text-anchor": "middle" }, unit));
  return { svg, marks };
}

function pointAt(turn, radius) {
  const angle = turn * 2 * Math.PI - Math.PI / 2;
  return [SIZE / 2 + radius * Math.cos(angle), SIZE / 2 + radius * Math.sin(angle)];
}

function arcPath(from, to) {
  // An arc cannot describe a full circle, because its start and end coincide: leave a small gap.
  const end = Math.min(to, from + 0.9999) - (to - from < 1 ? 0.003 : 0);
  const large = end - from > 0.5 ? 1 : 0;
  const [a, b, c, d] = [pointAt(from, OUTER), pointAt(end, OUTER), pointAt(end, INNER), pointAt(from, INNER)];
  return `M${a} A${OUTER} ${OUTER} 0 ${large} 1 ${b} L${c} A${INNER} ${INNER} 0 ${large} 0 ${d} Z`;
}
