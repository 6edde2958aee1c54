// Tables. On a phone each row becomes a card with column names and values.
import { h } from "./dom.js";

/** `columns` is [{name, cell(row, redraw), number, actions}]; `redraw(row)` replaces a changed row; `caption` is for screen readers. `renderItem(row)` creates a row, `fill(rows)` sets all rows. */
export function table(caption, columns) {
  const body = h("tbody");
  const element = h("div.scroll", { tabindex: 0, role: "region", "aria-label": caption },
    h("table.table.stacking", h("caption.sr-only", caption), h("thead", h("tr", columns.map((column) => h("th", { scope: "col", class: cellClass(column) }, column.name || h("span.sr-only", "Actions"))))), body));
  const renderRow = (row) => {
    const redraw = (changed) => tableRow.replaceWith(renderRow(changed));
    const tableRow = h("tr", columns.map((column) => h("td", { class: cellClass(column), dataset: { name: column.name } }, h("div", column.cell(row, redraw)))));
    return tableRow;
  };
  return { element, body, renderItem: renderRow, fill: (rows) => body.replaceChildren(...rows.map(renderRow)) };
}

function cellClass(column) {
  return column.number ? "number" : column.actions ? "actions-cell" : "";
}
