// Ratings as stars: a picture with its number beside it, and five to choose from.
import { h, s, uniqueId } from "./dom.js";
import { count, plural } from "./format.js";

const SHAPE = "M10 1.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z";
const FIVE = [1, 2, 3, 4, 5];

/** `rating` of five, to a tenth; `words` is what a screen reader says. */
export function stars(rating, words = `${rating} of 5 stars`) {
  const clip = uniqueId("stars");
  const row = (kind) => s("g", { class: kind }, FIVE.map((_, at) => s("path", { d: SHAPE, transform: `translate(${at * 20} 0)` })));
  const lit = row("stars-lit");
  lit.setAttribute("clip-path", `url(#${clip})`);
  return s("svg", { class: "stars", viewBox: "0 0 100 20", role: "img", "aria-label": words },
    s("clipPath", { id: clip }, s("rect", { width: Math.round(rating * 200) / 10, height: 20 })), row("stars-dim"), lit);
}

/** "★ 4.6 (12)", for cards. Nothing without ratings. */
export function shortRating({ rating, rating_count: number }) {
  if (!number) return null;
  return h("span.rating", { role: "img", "aria-label": `Rated ${rating.toFixed(1)} of 5 by ${plural(number, "learner")}` },
    s("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, s("path", { d: SHAPE })),
    h("b", { "aria-hidden": "true" }, rating.toFixed(1)), h("span", { "aria-hidden": "true" }, `(${count(number)})`));
}

/** A field of a form: one to five stars. */
export function starField({ name, label, value }) {
  const inputs = FIVE.map((number) => h("input", { type: "radio", name, value: number, checked: number === value, "aria-label": plural(number, "star") }));
  const fault = h("p.fault", { hidden: true });
  const element = h("fieldset.field.star-field", h("legend", label),
    h("div.star-choice", inputs.map((input) => h("label", input, s("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, s("path", { d: SHAPE }))))), fault);
  const tell = (message) => {
    fault.textContent = message ?? "";
    fault.hidden = !message;
  };
  const chosen = () => inputs.find((input) => input.checked);
  inputs.forEach((input) => input.addEventListener("input", () => tell(null)));
  inputs[0].setCustomValidity(value ? "" : "Choose one to five stars.");
  element.addEventListener("input", () => inputs[0].setCustomValidity(""));
  return { name, element, input: inputs[0], fault: tell, valid: () => Boolean(chosen()), value: () => Number(chosen()?.value) };
}
