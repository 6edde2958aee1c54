// A part of the page whose content comes from the server: skeleton first, then the content or what went wrong.
import { h } from "./dom.js";
import { icon } from "./icons.js";

/** Fills `place` with what `make()` gives: an element or a list of them. A failure offers to try again. */
export async function fillPlace(place, skeleton, make) {
  place.setAttribute("aria-busy", "true");
  if (skeleton) place.replaceChildren(...[skeleton].flat());
  try {
    place.replaceChildren(...[await make()].flat().filter(Boolean));
  } catch (problem) {
    if (problem.name === "AbortError") return;
    if (problem.status === undefined) console.error(problem);
    place.replaceChildren(failure(problem, place.matches(".page") ? "h1" : "h2", () => fillPlace(place, skeleton, make)));
  } finally {
    place.removeAttribute("aria-busy");
  }
}

/** A place that fills itself. */
export function place(skeleton, make, tag = "div") {
  const element = h(tag);
  fillPlace(element, skeleton, make);
  return element;
}

function failure(problem, level, again) {
  const missing = problem.status === 404;
  return h("div.empty", { role: "alert" },
    icon(missing ? "eye" : "alert"),
    h(level, missing ? "Nothing to see here" : "This did not work"),
    h("p", missing ? "It does not exist, or it is not yours to see." : problem.detail ?? "Something in this page failed."),
    missing ? h("a.button", { href: "#/" }, "To the catalogue") : h("button.button", { type: "button", on: { click: again } }, "Try again"));
}
