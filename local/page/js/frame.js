// The bar at the top: where one can go in one's role, the theme, the account.
import { go } from "./router.js";
import { me, signOut } from "./session.js";
import { theme, turn } from "./theme.js";
import { h } from "./ui/dom.js";
import { icon } from "./ui/icons.js";
import { avatar, link } from "./ui/parts.js";
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
  const here = location.hash.slice(1).split("?")[0] || "/";
  document.getElementById("top").replaceChildren(h("div.top-in",
    h("a.brand", { href: "#/", "aria-label": "Lectern, to the catalogue" }, h("img", { src: "icon.svg", alt: "" }), "Lectern"),
    h("nav.nav", { "aria-label": "Main" }, (user ? PLACES[user.role] : []).map(([name, path]) =>
      h("a", { href: `#${path}`, "aria-current": path === here ? "page" : null }, name))),
    h("div.top-end", themeButton(), user ? account(user) : guest())));
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
