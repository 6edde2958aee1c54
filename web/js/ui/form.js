// A form: shows errors at the field they name, other errors above the button, and allows one submission at a time.
import { h } from "./dom.js";
import { toast } from "./toast.js";

/** `onsubmit(values)` gets {name: value}; a Problem it throws is shown: at the field that `fieldByCode` names for its code,
    or at those of its `errors`, and then in a toast too. `extra` is placed after the button. */
export function form({ fields, submit, onsubmit, kind = "primary", extra = [], fieldByCode = {} }) {
  const button = h("button.button", { type: "submit", class: kind }, h("span", submit));
  const errorMessage = h("p.form-error", { role: "alert", hidden: true });
  const element = h("form", { novalidate: true }, fields.map((field) => field.element), errorMessage, h("div.actions", button, extra));

  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    showMessage(errorMessage, null);
    if (button.disabled || !validate(fields)) return;
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      await onsubmit(Object.fromEntries(fields.map((field) => [field.name, field.value()])));
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      showProblem(locate(problem, fieldByCode), fields, errorMessage);
      if (!fieldByCode[problem.code]) toast(problem.detail, "bad");
    } finally {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  });
  return element;
}

/** The problem with an error at the field that its code is about. */
function locate(problem, fieldByCode) {
  const name = fieldByCode[problem.code];
  return name ? Object.assign(problem, { errors: [{ loc: ["body", ...name.split(".")], msg: problem.detail }] }) : problem;
}

function validate(fields) {
  const wrong = fields.filter((field) => !field.valid());
  wrong.forEach((field) => field.setError(field.message?.() ?? field.input.validationMessage));
  wrong[0]?.input.focus();
  return wrong.length === 0;
}

function showProblem(problem, fields, errorMessage) {
  const unassigned = problem.errors.filter((error) => !showFieldError(error, fields));
  if (unassigned.length || !problem.errors.length) showMessage(errorMessage, unassigned.length ? unassigned.map((error) => error.msg).join(". ") : problem.detail);
  fields.find((field) => field.input.getAttribute("aria-invalid"))?.input.focus();
}

/** An error at ["body", "price", "amount"] belongs to the field "price.amount", otherwise to "price". */
function showFieldError(error, fields) {
  for (let path = error.loc.slice(1); path.length; path = path.slice(0, -1)) {
    const field = fields.find((candidate) => candidate.name === path.join("."));
    if (field) {
      field.setError(error.msg);
      return true;
    }
  }
  return false;
}

function showMessage(errorMessage, text) {
  errorMessage.textContent = text ?? "";
  errorMessage.hidden = !text;
}
