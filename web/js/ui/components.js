// Small components shared by many pages.
import { h, s } from "./dom.js";
import { icon } from "./icons.js";
import { formatMoney, titleCase } from "./format.js";

/** A status badge, coloured by its meaning. */
export function badge(code, text = titleCase(code)) {
  return h("span.badge", { dataset: { state: code } }, text);
}

/** An empty state; `action` is a link or a button. `level` is h1 when it is the whole page. */
export function emptyState(iconName, title, text, action = null, level = "h2") {
  return h("div.empty", icon(iconName), h(level, title), h("p", text), action);
}

export function linkButton(text, href, kind = "", iconName = null) {
  return h("a.button", { href, class: kind }, iconName && icon(iconName), h("span", text));
}

/** A number with its name; `note` explains it. Several amounts, joined by " + ", wrap between them; none breaks. */
export function stat(name, value, note = null) {
  const parts = String(value).split(" + ");
  const longest = Math.max(...parts.map((part) => part.length));
  const shown = parts.map((part, number) => [number > 0 && " + ", h("span.whole", part)]);
  return h("div.stat", h("dt", name), h("dd", h("strong", { style: { "--characters": longest } }, shown), note && h("small", note)));
}

export function stats(...items) {
  return h("dl.stats", items);
}

/** The heading of a page, with its actions. */
export function pageHeading(title, subtitle = null, ...actions) {
  return h("header.heading", h("div", h("h1", title), subtitle && h("p", subtitle)), actions.length > 0 && h("div.actions", actions));
}

/** Progress as a ring with the percentage. */
export function progressRing(percent, size = 64) {
  const radius = 42;
  const length = 2 * Math.PI * radius;
  return s("svg", { class: "ring", viewBox: "0 0 100 100", width: size, height: size, role: "img", "aria-label": `${percent} % complete` },
    s("circle", { class: "ring-track", cx: 50, cy: 50, r: radius }),
    s("circle", { class: "ring-value", cx: 50, cy: 50, r: radius, "stroke-dasharray": `${(length * percent) / 100} ${length}`, transform: "rotate(-90 50 50)" }),
    s("text", { x: 50, y: 52, "text-anchor": "middle", "dominant-baseline": "middle", class: percent === 100 ? "full" : "" }, `${percent}%`));
}

export function progressBar(percent) {
  return h("div.bar", { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": percent, "aria-label": "Progress" },
    h("span", { style: { width: `${percent}%` } }));
}

/** The amount of an order, with its refunded amount and the payments that are or were on hold. */
export function orderAmounts(payment) {
  const refunded = payment.refunded_amount > 0 && h("small", `${formatMoney({ amount: payment.refunded_amount, currency: payment.currency })} refunded`);
  return [formatMoney(payment), refunded, payment.on_hold.map((hold) => h("small", `${formatMoney(hold)} ${titleCase(hold.state).toLowerCase()}`))];
}

/** "Asha R. Raman" as "AR". */
const initialsOf = (name) => name.split(/\s+/).map((part) => part[0]).slice(0, 2).join("").toUpperCase();

/** The name of a control that shows only the avatar of the user: it begins with the initials that are seen, so that
 * speech input finds it by them (WCAG 2.5.3). */
export const avatarLabel = (user, text) => (user.avatar_url ? text : `${initialsOf(user.name)}: ${text}`);

/** A user's picture, or their initials. */
export function avatar(user, size = 36) {
  return user.avatar_url
    ? h("img.avatar", { src: user.avatar_url, alt: "", width: size, height: size })
    : h("span.avatar", { "aria-hidden": "true", style: { width: `${size}px`, height: `${size}px`, fontSize: `${size * 0.4}px` } }, initialsOf(user.name));
}
