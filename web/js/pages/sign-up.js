import { currentUser, signUp } from "../session.js";
import { h } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { radioCards, textField } from "../ui/fields.js";
import { stateField } from "../invoice/buyer-fields.js";
import { homeRoute } from "../home-route.js";

export const title = "Sign up";

const ROLES = [
  ["student", "Learn", "Take courses and track your progress."],
  ["instructor", "Teach", "Create courses and follow your learners."],
];

export default function page({ query, go }) {
  const next = query.get("next");
  const role = radioCards({ name: "role", label: "I want to", value: query.get("role") ?? "student", options: ROLES });
  const state = stateField({ hint: "For the invoices of your purchases." });
  const showState = () => { state.element.hidden = role.value() !== "student"; };
  role.element.addEventListener("change", showState);
  showState();
  return h("section.panel.narrow.stack",
    h("h1", "Create an account"),
    form({
      fields: [
        role,
        textField({ name: "name", label: "Name", required: true, maxlength: 120, autocomplete: "name" }),
        textField({ name: "email", label: "E-mail", type: "email", required: true, autocomplete: "username" }),
        textField({ name: "password", label: "Password", type: "password", required: true, minlength: 8, maxlength: 128,
          autocomplete: "new-password", hint: "At least 8 characters. A long phrase is more secure than a short complex password.", read: (value) => value }),
        state,
      ],
      submit: "Sign up",
      onsubmit: async (fields) => {
        await signUp(fields.role === "student" ? fields : { ...fields, state: null });
        go(next ?? (currentUser().role === "student" ? "/" : homeRoute(currentUser())));
      },
    }),
    h("p.soft", "Already have an account? ", h("a", { href: next ? `#/sign-in?next=${encodeURIComponent(next)}` : "#/sign-in" }, "Sign in"), "."));
}
