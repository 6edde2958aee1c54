// Downloads that need the access token: a plain link cannot send it.
import { getBlob, getText } from "../api/client.js";
import { h } from "./dom.js";

/** Fetches `path` and saves it as the file `name`; `type` is its media type. */
export async function downloadFile(path, name, type) {
  saveFile(await getText(path), name, type);
}

/** As downloadFile, for a file that is no text. */
export async function downloadBinary(path, name, type) {
  saveFile(await getBlob(path), name, type);
}

/** Saves a text or a blob as the file `name`. */
export function saveFile(content, name, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  h("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
