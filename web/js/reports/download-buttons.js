// Buttons that download a report of a month: the page reads it page by page and makes the file.
import { get } from "../api/client.js";
import { actionButton } from "../ui/button.js";
import { h } from "../ui/dom.js";
import { saveFile } from "../ui/download.js";
import { formatCount, titleCase } from "../ui/format.js";
import { toast } from "../ui/toast.js";
import { FILE_TYPES } from "./file.js";
import { pageReader, REPORTS, TooManyRows } from "./rows.js";

/** `name` is ledger, payouts or gstr1; `signal` stops a download when the user leaves the page. */
export function downloadButtons(name, month, signal) {
  const status = h("small.soft", { role: "status" });
  const button = (format) => actionButton(FILE_TYPES[format].label, { kind: "small", mark: "download", label: `Download ${name} as ${FILE_TYPES[format].label}` }, () => download(name, month, format, signal, status));
  return h("div.row.downloads", status, button("csv"), button("jsonl"));
}

async function download(name, month, format, signal, status) {
  try {
    const rows = await REPORTS[name].rows(month, pageReader((items) => { status.textContent = `${formatCount(items)} read`; }, signal));
    const sums = await get(`/api/reports/month?month=${month}`, { signal });
    saveFile(FILE_TYPES[format].text(rows), `${name}-${month}.${format}`, FILE_TYPES[format].type);
    const differences = REPORTS[name].differences(rows, sums);
    if (differences.length) toast(`The file does not add up to the month (${differences.map(titleCase).join(", ")}): the month changed meanwhile, or a row cannot be read. Download it again.`, "bad");
  } catch (problem) {
    if (problem.name === "AbortError") return;
    if (!(problem instanceof TooManyRows)) throw problem;
    toast(`This month is too long for a browser. Use: python -m cli export --report ${name} --month ${month}`, "bad");
  } finally {
    status.textContent = "";
  }
}
