// Shares of a whole, with the whole in the middle and the numbers beside it.
import { h, s } from "../ui/dom.js";
import { chart, legend } from "./chart.js";

const OUTER = 84;
const INNER = 56;
const SIZE = 180;

/** `data` is [{name, value, colour}]; `unit` names the whole under its number. */
export function donut({ title, note, data, unit, total = null, show = String, empty }) {
  const sum = data.reduce((all, one) => all + one.value, 0);
  const whole = total ?? sum;
  const figure = chart({
    title, note, empty,
    columns: ["", unit],
    rows: sum ? data.map((one) => [one.name, show(one.value)]) : [],
    draw: (width) => paint(width, { data, sum, whole, unit, show }),
  });
  const host = figure.querySelector(".chart-host");
  if (host) {
    const beside = h("div.donut");
    host.replaceWith(beside);
    beside.append(host, legend(data.map((one) => ({ ...one, value: show(one.value) }))));
  }
  return figure;
}

function paint(width, { data, sum, whole, unit, show }) {
  const svg = s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}` });
  const scale = width / SIZE;
  const marks = [];
  let from = 0;
  for (const one of data.filter((each) => each.value > 0)) {
    const to = from + one.value / sum;
    const element = s("path", { class: `mark c${one.colour}`, d: ring(from, to) });
    svg.append(element);
    const [x, y] = at((from + to) / 2, (OUTER + INNER) / 2);
    marks.push({ element, x: x * scale, y: y * scale, value: show(one.value), label: `${one.name}, ${Math.round((one.value / sum) * 100)} %` });
    from = to;
  }
  svg.append(
    s("text", { class: "big", x: SIZE / 2, y: SIZE / 2 + 4, "text-anchor": "middle" }, show(whole)),
    s("text", { x: SIZE / 2, y: SIZE / 2 + 24, "text-anchor": "middle" }, unit));
  return { svg, marks };
}

function at(turn, radius) {
  const angle = turn * 2 * Math.PI - Math.PI / 2;
  return [SIZE / 2 + radius * Math.cos(angle), SIZE / 2 + radius * Math.sin(angle)];
}

function ring(from, to) {
  // A full circle has no start and end that an arc could tell apart: leave a hair open.
  const end = Math.min(to, from + 0.9999) - (to - from < 1 ? 0.003 : 0);
  const large = end - from > 0.5 ? 1 : 0;
  const [a, b, c, d] = [at(from, OUTER), at(end, OUTER), at(end, INNER), at(from, INNER)];
  return `M${a} A${OUTER} ${OUTER} 0 ${large} 1 ${b} L${c} A${INNER} ${INNER} 0 ${large} 0 ${d} Z`;
}
