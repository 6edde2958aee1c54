// The header: navigation by role, theme, account menu.
import { go } from "./router.js";
import { currentUser, signOut } from "./session.js";
import { currentTheme, cycleTheme } from "./theme.js";
import { h } from "./ui/dom.js";
import { icon } from "./ui/icons.js";
import { avatar, avatarLabel, linkButton } from "./ui/components.js";
import { attempt } from "./ui/toast.js";

const NAV_LINKS = {
  student: [["Courses", "/"], ["My learning", "/learning"], ["Certificates", "/certificates"], ["Purchases", "/purchases"]],
  instructor: [["Courses", "/"], ["Teaching", "/teaching"]],
  admin: [["Courses", "/"], ["Overview", "/admin"], ["Users", "/admin/users"], ["Moderation", "/admin/courses"], ["Payments", "/admin/payments"], ["Coupons", "/admin/coupons"], ["Reports", "/admin/reports"]],
};
const THEME_LABELS = { auto: "Theme: system", light: "Theme: light", dark: "Theme: dark" };
const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" };

export function drawHeader() {
  const user = currentUser();
  const path = location.hash.slice(1).split("?")[0] || "/";
  const links = user ? NAV_LINKS[user.role] : [];
  const active = activeLink(path, links);
  document.getElementById("top").replaceChildren(h("div.top-in",
    h("a.brand", { href: "#/", "aria-label": "Lectern, home" }, h("img", { src: "icon.svg", alt: "" }), "Lectern"),
    h("nav.nav", { "aria-label": "Main" }, links.map(([name, href]) =>
      h("a", { href: `#${href}`, "aria-current": href === active ? (href === path ? "page" : "true") : null }, name))),
    h("div.top-end", themeButton(), user ? accountMenu(user) : guestLinks())));
  // On a phone the navigation may be wider than the screen. Scroll only the navigation, not the page.
  const nav = document.querySelector("#top .nav");
  const current = nav.querySelector("[aria-current]");
  if (current) nav.scrollLeft = current.offsetLeft - nav.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
}

/** The link whose page or subpage is at `path`: a lesson belongs to the courses, a receipt to the purchases. */
function activeLink(path, links) {
  const within = (href) => path === href || path.startsWith(href === "/" ? "/courses/" : `${href}/`);
  return links.map(([, href]) => href).filter(within).sort((a, b) => b.length - a.length)[0];
}

function guestLinks() {
  return [linkButton("Sign in", "#/sign-in", "quiet"), linkButton("Sign up", "#/sign-up", "primary")];
}

function themeButton() {
  const button = h("button.icon-button", { type: "button", on: { click: () => showTheme(cycleTheme()) } });
  const showTheme = (chosen) => {
    button.replaceChildren(icon(THEME_ICONS[chosen]));
    button.title = THEME_LABELS[chosen];
    button.setAttribute("aria-label", THEME_LABELS[chosen]);
  };
  showTheme(currentTheme());
  return button;
}

function accountMenu(user) {
  const onSignOut = () => attempt(async () => {
    await signOut();
    go("/");
  });
  const details = h("details.account",
    h("summary", { "aria-label": avatarLabel(user, `Account of ${user.name}`) }, avatar(user)),
    h("div.menu",
      h("p.menu-who", user.name, h("small", user.email), h("small", user.role)),
      h("a", { href: "#/profile" }, "Profile"),
      h("button", { type: "button", on: { click: onSignOut } }, "Sign out")));
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
  const menu = document.querySelector("details.account[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});
