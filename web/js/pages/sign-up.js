import { currentUser, signUp } from "../session.js";
import { h } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { radioCards, textField } from "../ui/fields.js";
import { homeRoute } from "../home-route.js";

export const title = "Sign up";

const ROLES = [
  ["student", "Learn", "Take courses and track your progress."],
  ["instructor", "Teach", "Create courses and follow your learners."],
];

export default function page({ query, go }) {
  const next = query.get("next");
  return h("section.panel.narrow.stack",
    h("h1", "Create an account"),
    form({
      fields: [
        radioCards({ name: "role", label: "I want to", value: query.get("role") ?? "student", options: ROLES }),
        textField({ name: "name", label: "Name", required: true, maxlength: 120, autocomplete: "name" }),
        textField({ name: "email", label: "E-mail", type: "email", required: true, autocomplete: "username" }),
        textField({ name: "password", label: "Password", type: "password", required: true, minlength: 8, maxlength: 128,
          autocomplete: "new-password", hint: "At least 8 characters. A long phrase is more secure than a short complex password.", read: (value) => value }),
      ],
      submit: "Sign up",
      onsubmit: async (fields) => {
        await signUp(fields);
        go(next ?? (currentUser().role === "student" ? "/" : homeRoute(currentUser())));
      },
    }),
    h("p.soft", "Already have an account? ", h("a", { href: next ? `#/sign-in?next=${encodeURIComponent(next)}` : "#/sign-in" }, "Sign in"), "."));
}
