// What an administrator should look at now.
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { link } from "../ui/parts.js";
import { words, moment } from "../ui/format.js";

/** `open` is {name: count, time or list}; what is empty needs nobody. */
export function attention(open) {
  const items = Object.entries(open).filter(([, value]) => needed(value));
  if (!items.length) return h("p.note.good", icon("check"), h("span", "Nothing needs your attention: no refund waits, no timer is late, the books agree."));
  return h("section.note.wait", icon("alert"), h("div.stack", h("strong", "Needs attention"),
    h("ul", items.map(([name, value]) => h("li", `${words(name)}: ${said(value)}`))),
    h("div", link("To the payments", "#/admin/payments", "small"))));
}

const needed = (value) => (Array.isArray(value) ? value.length > 0 : Boolean(value));

function said(value) {
  if (Array.isArray(value)) return value.length;
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? moment(value) : value;
}
