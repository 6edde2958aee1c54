// Routes by the part of the URL after "#". A page module has `title`, `skeleton()` and a default `page(context)`.
import { currentUser } from "./session.js";
import { loadInto } from "./ui/async-region.js";
import { h } from "./ui/dom.js";
import { routes } from "./routes.js";

let pageAbort = new AbortController();
let renderCount = 0;
let renderedHash = "";

/** Navigates to a page: go("/courses/crs_1"). */
export function go(path) {
  if (location.hash === `#${path}`) show();
  else location.hash = path;
}

/** Changes the URL without navigating, for the filters of a list. Does nothing when the user has started to navigate:
    the URL changes before the `hashchange` event. */
export function replaceUrl(path) {
  if (location.hash !== renderedHash) return;
  history.replaceState(null, "", `#${path}`);
  renderedHash = location.hash;
}

export function start() {
  window.addEventListener("hashchange", show);
  show();
}

/** Renders the page of the current URL. */
export async function show() {
  pageAbort.abort();
  pageAbort = new AbortController();
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  const render = (renderCount += 1);
  renderedHash = location.hash;
  const [path, query = ""] = (location.hash.slice(1) || "/").split("?", 2);
  const { route, params } = find(path);
  const redirect = redirectFor(route);
  if (redirect) return location.replace(`#${redirect}`);
  const module = await route.load();
  if (render !== renderCount) return undefined;
  const region = h("div.page", { class: route.wide ? "wide" : "", dataset: { path } });
  document.getElementById("main").replaceChildren(region);
  setTitle(module.title);
  window.scrollTo(0, 0);
  // A page that the user has left can no longer change URL, title or content: they belong to the next page.
  const whileCurrent = (action) => (...args) => (render === renderCount ? action(...args) : undefined);
  const context = { params, query: new URLSearchParams(query), path, signal: pageAbort.signal, setTitle: whileCurrent(setTitle), go: whileCurrent(go), reload: whileCurrent(show) };
  await loadInto(region, module.skeleton?.() ?? null, () => module.default(context));
  if (render === renderCount) focusHeading(region);
  return undefined;
}

function find(path) {
  for (const route of routes) {
    const match = route.pattern.exec(path);
    if (match) return { route, params: match.groups ?? {} };
  }
  return { route: routes.at(-1), params: {} };
}

/** The page to redirect to when the user may not see this one, otherwise null. */
function redirectFor(route) {
  if (!route.roles) return null;
  const user = currentUser();
  if (!user) return `/sign-in?next=${encodeURIComponent(location.hash.slice(1))}`;
  return route.roles.includes(user.role) ? null : "/";
}

function setTitle(title) {
  document.title = title ? `${title} · Lectern` : "Lectern";
}

/** Focuses the heading for screen readers, unless the user has focused another element meanwhile. */
function focusHeading(region) {
  if (document.activeElement && document.activeElement !== document.body) return;
  const heading = region.querySelector("h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
