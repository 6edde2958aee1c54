// Files that are behind the access token, so that a plain link cannot open them.
import { text } from "../api/client.js";
import { h } from "./dom.js";

/** Fetches `path` and gives it to the browser to keep as `name`; `type` is its media type. */
export async function save(path, name, type) {
  const url = URL.createObjectURL(new Blob([await text(path)], { type }));
  h("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
