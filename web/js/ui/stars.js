// Ratings as stars: a display, and a form field.
import { h, s, uniqueId } from "./dom.js";
import { formatCount, plural } from "./format.js";

const SHAPE = "M10 1.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z";
const FIVE = [1, 2, 3, 4, 5];

/** `rating` out of five, to a tenth; `words` is the label for screen readers. */
export function ratingStars(rating, words = `${rating} of 5 stars`) {
  const clip = uniqueId("stars");
  const row = (kind) => s("g", { class: kind }, FIVE.map((_, at) => s("path", { d: SHAPE, transform: `translate(${at * 20} 0)` })));
  const filled = row("stars-lit");
  filled.setAttribute("clip-path", `url(#${clip})`);
  return s("svg", { class: "stars", viewBox: "0 0 100 20", role: "img", "aria-label": words },
    s("clipPath", { id: clip }, s("rect", { width: Math.round(rating * 200) / 10, height: 20 })), row("stars-dim"), filled);
}

/** "★ 4.6 (12)", for cards; null without ratings. */
export function shortRating({ rating, rating_count: number }) {
  if (!number) return null;
  return h("span.rating", { role: "img", "aria-label": `Rated ${rating.toFixed(1)} of 5 by ${plural(number, "learner")}` },
    s("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, s("path", { d: SHAPE })),
    h("b", { "aria-hidden": "true" }, rating.toFixed(1)), h("span", { "aria-hidden": "true" }, `(${formatCount(number)})`));
}

/** A form field: one to five stars. */
export function ratingField({ name, label, value }) {
  const inputs = FIVE.map((number) => h("input", { type: "radio", name, value: number, checked: number === value, "aria-label": plural(number, "star") }));
  const error = h("p.field-error", { hidden: true });
  const element = h("fieldset.field.star-field", h("legend", label),
    h("div.star-choice", inputs.map((input) => h("label", input, s("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, s("path", { d: SHAPE }))))), error);
  const setError = (message) => {
    error.textContent = message ?? "";
    error.hidden = !message;
  };
  const chosen = () => inputs.find((input) => input.checked);
  inputs.forEach((input) => input.addEventListener("input", () => setError(null)));
  inputs[0].setCustomValidity(value ? "" : "Choose one to five stars.");
  element.addEventListener("input", () => inputs[0].setCustomValidity(""));
  return { name, element, input: inputs[0], setError, valid: () => Boolean(chosen()), value: () => Number(chosen()?.value) };
}
