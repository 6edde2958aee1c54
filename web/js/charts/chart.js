// The common parts of all charts: title, redrawing on resize, values by pointer and arrow keys, and a table alternative.
import { h, s } from "../ui/dom.js";

/**
 * A figure. `draw(width)` returns {svg, marks}; `marks` is [{element, x, y, label, value}] in the order of the data, with
 * the position of the tooltip in pixels. `columns` and `rows` are the same data as text.
 */
export function chart({ title, note, legend = null, draw, columns, rows, empty = "Nothing to show yet." }) {
  const caption = h("figcaption", h("strong", title), note && h("small", note));
  if (!rows.length) return h("figure.chart", caption, h("p.nothing", empty));
  return h("figure.chart", caption, legend, chartHost(title, draw), tableAlternative(title, columns, rows));
}

function chartHost(title, draw) {
  const tip = h("div.tip", { hidden: true });
  const element = h("div.chart-host", { tabindex: 0, role: "group", "aria-roledescription": "chart", "aria-label": `${title}. Arrow keys read the values; the table below has them all.` });
  const spoken = h("p.sr-only", { "aria-live": "polite" });
  let marks = [];
  let current = -1;

  const select = (index) => {
    current = index;
    marks.forEach((mark, number) => mark.element.classList.toggle("on", number === index));
    element.classList.toggle("busy", index >= 0);
    tip.hidden = index < 0;
    if (index < 0) return;
    const mark = marks[index];
    tip.replaceChildren(h("strong", mark.value), mark.label);
    const half = tip.offsetWidth / 2;
    tip.style.left = `${Math.min(Math.max(mark.x, half), Math.max(element.clientWidth - half, half))}px`;
    tip.style.top = `${mark.y}px`;
  };

  const paint = (width) => {
    const drawn = draw(Math.max(width, 200));
    marks = drawn.marks;
    current = -1;
    marks.forEach((mark, index) => mark.element.addEventListener("pointerenter", () => select(index)));
    drawn.svg.setAttribute("aria-hidden", "true");
    element.replaceChildren(drawn.svg, tip, spoken);
    tip.hidden = true;
  };

  element.addEventListener("pointerleave", () => select(-1));
  element.addEventListener("blur", () => select(-1));
  element.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || !marks.length) return;
    event.preventDefault();
    select((current + step + marks.length) % marks.length);
    spoken.textContent = `${marks[current].label}: ${marks[current].value}`;
  });
  let drawnWidth = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width === drawnWidth || width === 0) return;
    drawnWidth = width;
    paint(width);
  }).observe(element);
  return element;
}

function tableAlternative(title, columns, rows) {
  return h("details", h("summary", "Show as a table"),
    h("div.scroll", { tabindex: 0, role: "region", "aria-label": title },
      h("table.table", h("caption.sr-only", title),
        h("thead", h("tr", columns.map((name, at) => h("th", { scope: "col", class: at ? "number" : "" }, name)))),
        h("tbody", rows.map((row) => h("tr", row.map((cell, at) => h(at ? "td.number" : "th", at ? {} : { scope: "row" }, String(cell)))))))));
}

/** A legend of [{name, colour, value}]; `value` is optional. */
export function legend(entries) {
  return h("ul.legend", entries.map(({ name, colour, value }) => h("li",
    s("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }, s("rect", { class: `c${colour}`, width: 10, height: 10, rx: 3 })), h("span", name), value !== undefined && h("b", value))));
}
