// Downloads that need the access token: a plain link cannot send it.
import { getText } from "../api/client.js";
import { h } from "./dom.js";

/** Fetches `path` and saves it as the file `name`; `type` is its media type. */
export async function downloadFile(path, name, type) {
  const url = URL.createObjectURL(new Blob([await getText(path)], { type }));
  h("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
