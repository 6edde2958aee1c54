// Rows as a file: CSV with the columns of the first row, or JSON Lines.

export const FILE_TYPES = {
  csv: { label: "CSV", type: "text/csv", text: toCsv },
  jsonl: { label: "JSON Lines", type: "application/jsonl", text: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join("") },
};

function toCsv(rows) {
  if (!rows.length) return "";
  const columns = Object.keys(rows[0]);
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))].map((cells) => `${cells.map(cell).join(",")}\r\n`).join("");
}

/** Text that a spreadsheet would run as a formula gets an apostrophe: names come from learners. */
function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
