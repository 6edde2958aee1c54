// A part of the page with content from the server: first a skeleton, then the content or an error.
import { h } from "./dom.js";
import { icon } from "./icons.js";

/** Fills `region` with the element or elements that `load()` returns. An error shows a retry button. */
export async function loadInto(region, skeleton, load) {
  region.setAttribute("aria-busy", "true");
  if (skeleton) region.replaceChildren(...[skeleton].flat());
  try {
    region.replaceChildren(...[await load()].flat().filter(Boolean));
  } catch (problem) {
    if (problem.name === "AbortError") return;
    if (problem.status === undefined) console.error(problem);
    region.replaceChildren(errorView(problem, region.matches(".page") ? "h1" : "h2", () => loadInto(region, skeleton, load)));
  } finally {
    region.removeAttribute("aria-busy");
  }
}

/** A region that loads its own content. */
export function asyncRegion(skeleton, load, tag = "div") {
  const element = h(tag);
  loadInto(element, skeleton, load);
  return element;
}

function errorView(problem, level, retry) {
  const missing = problem.status === 404;
  return h("div.empty", { role: "alert" },
    icon(missing ? "eye" : "alert"),
    h(level, missing ? "Not found" : "Something went wrong"),
    h("p", missing ? "It does not exist, or you do not have access to it." : problem.detail ?? "This page failed to load."),
    missing ? h("a.button", { href: "#/" }, "Browse courses") : h("button.button", { type: "button", on: { click: retry } }, "Try again"));
}
