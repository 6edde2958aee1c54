import { currentUser, signIn } from "../session.js";
import { h } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { textField } from "../ui/fields.js";
import { homeRoute } from "../home-route.js";

export const title = "Sign in";

export default function page({ query, go }) {
  const next = query.get("next");
  return h("section.panel.narrow.stack",
    h("h1", "Welcome back"),
    next && h("p.soft", "Sign in to continue."),
    form({
      fields: [
        textField({ name: "email", label: "E-mail", type: "email", required: true, autocomplete: "username" }),
        textField({ name: "password", label: "Password", type: "password", required: true, autocomplete: "current-password", read: (value) => value }),
      ],
      submit: "Sign in",
      onsubmit: async ({ email, password }) => {
        await signIn(email, password);
        go(next ?? homeRoute(currentUser()));
      },
    }),
    h("p.soft", "New here? ", h("a", { href: next ? `#/sign-up?next=${encodeURIComponent(next)}` : "#/sign-up" }, "Create an account"), "."));
}
