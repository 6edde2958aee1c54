// Tables. On a phone every row becomes a card with the columns' names beside the values.
import { h } from "./dom.js";

/** `columns` is [{name, cell(row, redraw), number, acts}]; `redraw(row)` draws a changed row again; `caption` is read by screen readers. `line(row)` makes a row, `fill(rows)` all. */
export function table(caption, columns) {
  const body = h("tbody");
  const element = h("div.scroll", { tabindex: 0, role: "region", "aria-label": caption },
    h("table.table.stacking", h("caption.sr-only", caption), h("thead", h("tr", columns.map((column) => h("th", { scope: "col", class: kind(column) }, column.name)))), body));
  const line = (row) => {
    const redraw = (now) => made.replaceWith(line(now));
    const made = h("tr", columns.map((column) => h("td", { class: kind(column), dataset: { name: column.name } }, h("div", column.cell(row, redraw)))));
    return made;
  };
  return { element, body, line, fill: (rows) => body.replaceChildren(...rows.map(line)) };
}

function kind(column) {
  return column.number ? "number" : column.acts ? "acts" : "";
}
