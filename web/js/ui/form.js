// A form over fields: faults beside the field they name, others above the button, one submission at a time.
import { h } from "./dom.js";
import { toast } from "./toast.js";

/** `onsubmit(values)` gets {name: value}; a Problem it throws is shown. `extra` goes beside the button. */
export function form({ fields, submit, onsubmit, kind = "primary", extra = [] }) {
  const button = h("button.button", { type: "submit", class: kind }, h("span", submit));
  const trouble = h("p.trouble", { role: "alert", hidden: true });
  const element = h("form", { novalidate: true }, fields.map((field) => field.element), trouble, h("div.actions", button, extra));

  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    tell(trouble, null);
    if (button.disabled || !complete(fields)) return;
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      await onsubmit(Object.fromEntries(fields.map((field) => [field.name, field.value()])));
    } catch (problem) {
      if (problem.status === undefined) throw problem;
      show(problem, fields, trouble);
    } finally {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  });
  return element;
}

function complete(fields) {
  const wrong = fields.filter((field) => !field.valid());
  wrong.forEach((field) => field.fault(field.input.validationMessage));
  wrong[0]?.input.focus();
  return wrong.length === 0;
}

function show(problem, fields, trouble) {
  const left = problem.errors.filter((fault) => !beside(fault, fields));
  if (left.length || !problem.errors.length) tell(trouble, left.length ? left.map((fault) => fault.msg).join(". ") : problem.detail);
  fields.find((field) => field.input.getAttribute("aria-invalid"))?.input.focus();
  toast(problem.detail, "bad");
}

/** ["body", "price", "amount"] belongs to a field "price.amount", else to "price". */
function beside(fault, fields) {
  for (let path = fault.loc.slice(1); path.length; path = path.slice(0, -1)) {
    const field = fields.find((one) => one.name === path.join("."));
    if (field) {
      field.fault(fault.msg);
      return true;
    }
  }
  return false;
}

function tell(trouble, text) {
  trouble.textContent = text ?? "";
  trouble.hidden = !text;
}
