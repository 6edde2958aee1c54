// Pages by the part of the address after "#". A page module has `title`, `skeleton()` and a default `page(context)`.
import { me } from "./session.js";
import { fillPlace } from "./ui/async-region.js";
import { h } from "./ui/dom.js";
import { routes } from "./routes.js";

let leaving = new AbortController();
let shown = 0;
let drawn = "";

/** Goes to a page: go("/courses/crs_1"). */
export function go(path) {
  if (location.hash === `#${path}`) show();
  else location.hash = path;
}

/** Puts another address in the bar without leaving the page: filters of a list. Who is leaving already is not held:
    the bar shows the next page before its `hashchange` is heard. */
export function rewrite(path) {
  if (location.hash !== drawn) return;
  history.replaceState(null, "", `#${path}`);
  drawn = location.hash;
}

export function start() {
  window.addEventListener("hashchange", show);
  show();
}

/** Draws the page of the present address again. */
export async function show() {
  leaving.abort();
  leaving = new AbortController();
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  const mine = (shown += 1);
  drawn = location.hash;
  const [path, query = ""] = (location.hash.slice(1) || "/").split("?", 2);
  const { route, params } = find(path);
  const refused = whyNot(route);
  if (refused) return location.replace(`#${refused}`);
  const module = await route.load();
  if (mine !== shown) return undefined;
  const place = h("div.page", { class: route.wide ? "wide" : "", dataset: { path } });
  document.getElementById("main").replaceChildren(place);
  name(module.title);
  window.scrollTo(0, 0);
  // What a page asks for after it was left is not done: the address, the title and the place are the next one's.
  const here = (act) => (...given) => (mine === shown ? act(...given) : undefined);
  const context = { params, query: new URLSearchParams(query), path, signal: leaving.signal, name: here(name), go: here(go), reload: here(show) };
  await fillPlace(place, module.skeleton?.() ?? null, () => module.default(context));
  if (mine === shown) settle(place);
  return undefined;
}

function find(path) {
  for (const route of routes) {
    const match = route.pattern.exec(path);
    if (match) return { route, params: match.groups ?? {} };
  }
  return { route: routes.at(-1), params: {} };
}

/** Where to go instead, when this page is not for who is signed in. */
function whyNot(route) {
  if (!route.roles) return null;
  const user = me();
  if (!user) return `/sign-in?next=${encodeURIComponent(location.hash.slice(1))}`;
  return route.roles.includes(user.role) ? null : "/";
}

function name(title) {
  document.title = title ? `${title} · Lectern` : "Lectern";
}

/** Screen readers hear the new page's heading; who went to a field or opened a menu meanwhile stays there. */
function settle(place) {
  if (document.activeElement && document.activeElement !== document.body) return;
  const heading = place.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
