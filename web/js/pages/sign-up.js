import { me, signUp } from "../session.js";
import { h } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { cards, text } from "../ui/fields.js";
import { homeOf } from "../home-route.js";

export const title = "Sign up";

const ROLES = [
  ["student", "Learn", "Take courses and keep your progress."],
  ["instructor", "Teach", "Make courses and see who learns."],
];

export default function page({ query, go }) {
  const next = query.get("next");
  return h("section.panel.narrow.stack",
    h("h1", "Make an account"),
    form({
      fields: [
        cards({ name: "role", label: "I want to", value: query.get("role") ?? "student", options: ROLES }),
        text({ name: "name", label: "Name", required: true, maxlength: 120, autocomplete: "name" }),
        text({ name: "email", label: "E-mail", type: "email", required: true, autocomplete: "username" }),
        text({ name: "password", label: "Password", type: "password", required: true, minlength: 8, maxlength: 128,
          autocomplete: "new-password", hint: "8 characters or more. A sentence is better than a riddle.", read: (value) => value }),
      ],
      submit: "Sign up",
      onsubmit: async (fields) => {
        await signUp(fields);
        go(next ?? (me().role === "student" ? "/" : homeOf(me())));
      },
    }),
    h("p.soft", "Have an account? ", h("a", { href: next ? `#/sign-in?next=${encodeURIComponent(next)}` : "#/sign-in" }, "Sign in"), "."));
}
