// Lists that grow: the first page at once, the next ones by cursor when asked for.
import { get, withQuery } from "../api/client.js";
import { h } from "./dom.js";
import { action } from "./button.js";

/** Cards or rows of the list at `path`: `view` is {element, body, line(item)}. `none()` is shown for an empty list. */
export async function growing(path, view, none, limit = 24) {
  const place = h("div.growing", view.element);
  const load = async (cursor) => {
    const page = await get(withQuery(path, { limit, cursor }));
    view.body.append(...page.items.map(view.line));
    if (page.next_cursor) {
      const button = action("Load more", { kind: "quiet" }, async () => {
        await load(page.next_cursor);
        button.remove();
      });
      place.append(button);
    }
    return page.items.length;
  };
  return (await load(null)) ? place : none();
}
