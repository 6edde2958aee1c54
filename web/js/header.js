// The bar at the top: where one can go in one's role, the theme, the account.
import { go } from "./router.js";
import { me, signOut } from "./session.js";
import { theme, turn } from "./theme.js";
import { h } from "./ui/dom.js";
import { icon } from "./ui/icons.js";
import { avatar, link } from "./ui/components.js";
import { attempt } from "./ui/toast.js";

const PLACES = {
  student: [["Courses", "/"], ["My learning", "/learning"], ["Certificates", "/certificates"], ["Purchases", "/purchases"]],
  instructor: [["Courses", "/"], ["Teaching", "/teaching"]],
  admin: [["Courses", "/"], ["Overview", "/admin"], ["Users", "/admin/users"], ["Moderation", "/admin/courses"], ["Payments", "/admin/payments"]],
};
const THEMES = { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };
const MARKS = { auto: "auto", light: "sun", dark: "moon" };

export function drawFrame() {
  const user = me();
  const path = location.hash.slice(1).split("?")[0] || "/";
  const places = user ? PLACES[user.role] : [];
  const here = placeOf(path, places);
  document.getElementById("top").replaceChildren(h("div.top-in",
    h("a.brand", { href: "#/", "aria-label": "Lectern, to the catalogue" }, h("img", { src: "icon.svg", alt: "" }), "Lectern"),
    h("nav.nav", { "aria-label": "Main" }, places.map(([name, place]) =>
      h("a", { href: `#${place}`, "aria-current": place === here ? (place === path ? "page" : "true") : null }, name))),
    h("div.top-end", themeButton(), user ? account(user) : guest())));
  // On a phone the places may be wider than the screen. Only they move: the page keeps where it is.
  const nav = document.querySelector("#top .nav");
  const current = nav.querySelector("[aria-current]");
  if (current) nav.scrollLeft = current.offsetLeft - nav.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
}

/** The place whose page, or a page below it, is at `path`: a lesson is among the courses, a receipt among purchases. */
function placeOf(path, places) {
  const within = (place) => path === place || path.startsWith(place === "/" ? "/courses/" : `${place}/`);
  return places.map(([, place]) => place).filter(within).sort((a, b) => b.length - a.length)[0];
}

function guest() {
  return [link("Sign in", "#/sign-in", "quiet"), link("Sign up", "#/sign-up", "primary")];
}

function themeButton() {
  const button = h("button.icon-button", { type: "button", on: { click: () => dress(turn()) } });
  const dress = (now) => {
    button.replaceChildren(icon(MARKS[now]));
    button.title = THEMES[now];
    button.setAttribute("aria-label", THEMES[now]);
  };
  dress(theme());
  return button;
}

function account(user) {
  const leave = () => attempt(async () => {
    await signOut();
    go("/");
  });
  const details = h("details.account",
    h("summary", { "aria-label": `Account of ${user.name}` }, avatar(user)),
    h("div.menu",
      h("p.menu-who", user.name, h("small", user.email), h("small", user.role)),
      h("a", { href: "#/profile" }, "Profile"),
      h("button", { type: "button", on: { click: leave } }, "Sign out")));
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    details.open = false;
    details.firstChild.focus();
  });
  details.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
  });
  return details;
}

document.addEventListener("click", (event) => {
  const open = document.querySelector("details.account[open]");
  if (open && !open.contains(event.target)) open.open = false;
});
