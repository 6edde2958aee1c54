// A form field to choose courses: a search of the catalogue, and the chosen ones.
import { get, withQuery } from "../api/client.js";
import { h, uniqueId } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const DEBOUNCE_MS = 250;
const MATCHES = 6;

/** `value` is a list of course ids, `titles` a Map from id to title. The value that is sent is null when none is chosen. */
export function courseChoice({ name, label, value, titles, hint }) {
  const chosen = new Map(value.map((id) => [id, titles.get(id) ?? id]));
  const input = h("input", { id: uniqueId(name), name, type: "search", autocomplete: "off", placeholder: "Search published courses" });
  const error = h("p.field-error", { id: uniqueId("error"), hidden: true });
  const help = h("p.hint", { id: uniqueId("hint") }, hint);
  const matches = h("ul.matches", { "aria-live": "polite", "aria-label": "Courses found" });
  const list = h("ul.chips", { "aria-label": "Chosen courses" });
  input.setAttribute("aria-describedby", `${help.id} ${error.id}`);

  const setError = (message) => {
    error.textContent = message ?? "";
    error.hidden = !message;
    message ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
  };

  const draw = () => {
    list.hidden = chosen.size === 0;
    list.replaceChildren(...[...chosen].map(([id, title]) => h("li", h("span", title),
      h("button.plain", { type: "button", "aria-label": `Remove ${title}`, on: { click: () => change(() => chosen.delete(id)) } }, icon("x")))));
  };

  const change = (action) => {
    action();
    setError(null);
    draw();
    input.focus();
  };

  const choose = (course) => change(() => {
    chosen.set(course.id, course.title);
    input.value = "";
    matches.replaceChildren();
  });

  let latest = 0;
  const search = async () => {
    const request = (latest += 1);
    const words = input.value.trim();
    const found = words ? await get(withQuery("/api/courses", { q: words, price: "paid", limit: MATCHES })).catch(() => null) : { items: [] };
    if (request !== latest) return; // a later search replaces this one
    const items = found?.items.filter((course) => !chosen.has(course.id)) ?? [];
    matches.replaceChildren(...items.map((course) => h("li", h("button.button.quiet.small", { type: "button", on: { click: () => choose(course) } }, icon("plus"), h("span", course.title)))));
    if (words && !items.length) matches.append(h("li.soft", found ? "No course found." : "The search failed. Type again."));
  };

  let waiting;
  input.addEventListener("input", () => {
    setError(null);
    clearTimeout(waiting);
    waiting = setTimeout(search, DEBOUNCE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // of the form
    matches.querySelector("button")?.click();
  });
  draw();
  const element = h("div.field", h("label", { for: input.id }, label, h("span.optional", " optional")), list, input, help, matches, error);
  return { name, element, input, setError, valid: () => true, value: () => (chosen.size ? [...chosen.keys()].sort() : null) };
}
