// Small things many pages show.
import { h, s } from "./dom.js";
import { icon } from "./icons.js";
import { money, words } from "./format.js";

/** A state in a word, coloured by what it means. */
export function badge(code, text = words(code)) {
  return h("span.badge", { dataset: { state: code } }, text);
}

/** What to do when there is nothing: `act` is a link or a button. `level` is h1 where this is all of the page. */
export function empty(mark, title, text, act = null, level = "h2") {
  return h("div.empty", icon(mark), h(level, title), h("p", text), act);
}

export function link(text, href, kind = "", mark = null) {
  return h("a.button", { href, class: kind }, mark && icon(mark), h("span", text));
}

/** A figure with its name; `note` explains it. */
export function stat(name, value, note = null) {
  return h("div.stat", h("dt", name), h("dd", h("strong", value), note && h("small", note)));
}

export function stats(...all) {
  return h("dl.stats", all);
}

/** The heading of a page, with what can be done beside it. */
export function heading(title, subtitle = null, ...acts) {
  return h("header.heading", h("div", h("h1", title), subtitle && h("p", subtitle)), acts.length > 0 && h("div.actions", acts));
}

/** How far, as a ring with the number in it. */
export function ring(percent, size = 64) {
  const radius = 42;
  const length = 2 * Math.PI * radius;
  return s("svg", { class: "ring", viewBox: "0 0 100 100", width: size, height: size, role: "img", "aria-label": `${percent} % complete` },
    s("circle", { class: "ring-track", cx: 50, cy: 50, r: radius }),
    s("circle", { class: "ring-value", cx: 50, cy: 50, r: radius, "stroke-dasharray": `${(length * percent) / 100} ${length}`, transform: "rotate(-90 50 50)" }),
    s("text", { x: 50, y: 52, "text-anchor": "middle", "dominant-baseline": "middle", class: percent === 100 ? "full" : "" }, `${percent}%`));
}

export function bar(percent) {
  return h("div.bar", { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent, "aria-label": "Progress" },
    h("span", { style: { width: `${percent}%` } }));
}

/** What an order asks for; under it what went back, and what is held. */
export function orderSums(one) {
  const returned = one.refunded_amount > 0 && h("small", `${money({ amount: one.refunded_amount, currency: one.currency })} returned`);
  return [money(one), returned, one.on_hold.map((each) => h("small", `${money(each)} held`))];
}

/** A picture of somebody, or their initials. */
export function avatar(person, size = 36) {
  const initials = person.name.split(/\s+/).map((part) => part[0]).slice(0, 2).join("").toUpperCase();
  return person.avatar_url
    ? h("img.avatar", { src: person.avatar_url, alt: "", width: size, height: size })
    : h("span.avatar", { "aria-hidden": "true", style: { width: `${size}px`, height: `${size}px`, fontSize: `${size * 0.4}px` } }, initials);
}
