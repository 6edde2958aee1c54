// Paginated lists: the first page, then one page by cursor for each click on "Load more".
import { get, withQuery } from "../api/client.js";
import { h } from "./dom.js";
import { actionButton } from "./button.js";

/** Cards or rows of the list at `path`: `view` is {element, body, renderItem(item)}. `renderEmpty()` is shown for an empty list. A page may name payments that cannot be read (`unreadable`). */
export async function paginatedList(path, view, renderEmpty, limit = 24) {
  const container = h("div.paginated", view.element);
  const load = async (cursor) => {
    const page = await get(withQuery(path, { limit, cursor }));
    const unreadable = page.unreadable ?? [];
    view.body.append(...page.items.map(view.renderItem));
    if (unreadable.length) container.append(h("p.nothing", `Cannot be shown: ${unreadable.join(", ")}`));
    if (page.next_cursor) {
      const button = actionButton("Load more", { kind: "quiet" }, async () => {
        await load(page.next_cursor);
        button.remove();
      });
      container.append(button);
    }
    return page.items.length + unreadable.length;
  };
  return (await load(null)) ? container : renderEmpty();
}
