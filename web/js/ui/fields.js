// One labelled input each, with its hint and the place of its error. `field.element`, `field.value()`, `field.fault(text)`.
import { h, uniqueId } from "./dom.js";

/** `{name, label, type, value, hint, required, minlength, maxlength, autocomplete, read}`; `read` turns text into the value sent. */
export function text(facts) {
  const { name, type = "text", value = "", required = false } = facts;
  const attributes = pick(facts, ["minlength", "maxlength", "autocomplete", "placeholder", "inputmode", "pattern", "min", "max", "step", "title"]);
  return field(facts, h("input", { name, type, value, required, ...attributes }));
}

export function area(facts) {
  const { name, value = "", required = false, rows = 5, maxlength } = facts;
  return field(facts, h("textarea", { name, rows, value, required, maxlength, placeholder: facts.placeholder }));
}

/** `options` is [[value, label], …]. */
export function choice(facts) {
  const { name, value, options, required = false } = facts;
  const select = h("select", { name, required }, options.map(([code, label]) => h("option", { value: code, selected: code === value }, label)));
  return field(facts, select);
}

export function tick(facts) {
  const input = h("input", { type: "checkbox", name: facts.name, checked: facts.value ?? false, id: uniqueId(facts.name) });
  const made = around(facts, input, h("label.tick", { for: input.id }, input, h("span", facts.label)));
  return { ...made, value: () => input.checked };
}

/** Cards to choose one of: [[value, label, explanation], …]. */
export function cards(facts) {
  const inputs = facts.options.map(([code]) => h("input", { type: "radio", name: facts.name, value: code, checked: code === facts.value }));
  const group = h("fieldset.choices", h("legend", facts.label),
    facts.options.map(([, label, more], at) => h("label.choice", inputs[at], h("span", h("strong", label), h("small", more)))));
  const made = around(facts, inputs[0], group);
  return { ...made, value: () => inputs.find((input) => input.checked)?.value };
}

export function file(facts) {
  const input = h("input", { type: "file", name: facts.name, accept: facts.accept, required: facts.required ?? false });
  return { ...field(facts, input), value: () => input.files[0] ?? null };
}

function field(facts, input) {
  input.id = uniqueId(facts.name);
  const label = h("label", { for: input.id }, facts.label, facts.required ? null : h("span.optional", " optional"));
  const made = around(facts, input, [label, input]);
  return { ...made, value: () => (facts.read ? facts.read(input.value) : input.value.trim()) };
}

function around(facts, input, inside) {
  const error = h("p.fault", { id: uniqueId("fault"), hidden: true });
  const hint = facts.hint ? h("p.hint", { id: uniqueId("hint") }, facts.hint) : null;
  input.setAttribute("aria-describedby", [hint?.id, error.id].filter(Boolean).join(" "));
  const element = h("div.field", inside, hint, error);
  const fault = (message) => {
    error.textContent = message ?? "";
    error.hidden = !message;
    message ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => fault(null));
  return { name: facts.name, element, input, fault, valid: () => element.hidden || input.checkValidity() };
}

function pick(facts, names) {
  return Object.fromEntries(names.filter((name) => name in facts).map((name) => [name, facts[name]]));
}
