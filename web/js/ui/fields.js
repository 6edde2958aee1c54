// Form fields: a labelled input with hint and error. `field.element`, `field.value()`, `field.setError(text)`.
import { h, uniqueId } from "./dom.js";

/** `{name, label, type, value, hint, required, minlength, maxlength, autocomplete, read, wrong}`; `read` converts the text to the value that is sent,
    `wrong` is the error of a text that is not empty and not valid, instead of the browser's. */
export function textField(config) {
  const { name, type = "text", value = "", required = false } = config;
  const attributes = pick(config, ["minlength", "maxlength", "autocomplete", "placeholder", "inputmode", "pattern", "min", "max", "step", "title"]);
  return field(config, h("input", { name, type, value, required, ...attributes }));
}

export function textArea(config) {
  const { name, value = "", required = false, rows = 5, maxlength } = config;
  return field(config, h("textarea", { name, rows, value, required, maxlength, placeholder: config.placeholder }));
}

/** `options` is [[value, label], …]. */
export function selectField(config) {
  const { name, value, options, required = false } = config;
  const select = h("select", { name, required }, options.map(([code, label]) => h("option", { value: code, selected: code === value }, label)));
  return field(config, select);
}

export function checkboxField(config) {
  const input = h("input", { type: "checkbox", name: config.name, checked: config.value ?? false, id: uniqueId(config.name) });
  const wrapped = withError(config, input, h("label.checkbox", { for: input.id }, input, h("span", config.label)));
  return { ...wrapped, value: () => input.checked };
}

/** Radio buttons as cards; `options` is [[value, label, explanation], …]. */
export function radioCards(config) {
  const inputs = config.options.map(([code]) => h("input", { type: "radio", name: config.name, value: code, checked: code === config.value }));
  const group = h("fieldset.choices", h("legend", config.label),
    config.options.map(([, label, explanation], at) => h("label.choice", inputs[at], h("span", h("strong", label), h("small", explanation)))));
  const wrapped = withError(config, inputs[0], group);
  return { ...wrapped, value: () => inputs.find((input) => input.checked)?.value };
}

export function fileField(config) {
  const input = h("input", { type: "file", name: config.name, accept: config.accept, required: config.required ?? false });
  return { ...field(config, input), value: () => input.files[0] ?? null };
}

function field(config, input) {
  input.id = uniqueId(config.name);
  const label = h("label", { for: input.id }, config.label, config.required ? null : h("span.optional", " optional"));
  const wrapped = withError(config, input, [label, input]);
  return { ...wrapped, value: () => (config.read ? config.read(input.value) : input.value.trim()) };
}

function withError(config, input, inside) {
  const error = h("p.field-error", { id: uniqueId("error"), hidden: true });
  const hint = config.hint ? h("p.hint", { id: uniqueId("hint") }, config.hint) : null;
  input.setAttribute("aria-describedby", [hint?.id, error.id].filter(Boolean).join(" "));
  const element = h("div.field", inside, hint, error);
  const setError = (message) => {
    error.textContent = message ?? "";
    error.hidden = !message;
    message ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
  };
  input.addEventListener("input", () => setError(null));
  return { name: config.name, element, input, setError, valid: () => element.hidden || input.checkValidity(), message: () => messageOf(config, input) };
}

/** The error of a field that is not valid. A date with a missing part is not empty for the reader. */
function messageOf({ wrong }, { validity, validationMessage }) {
  const own = wrong && !validity.customError && (!validity.valueMissing || validity.badInput);
  return own ? wrong : validationMessage;
}

function pick(config, names) {
  return Object.fromEntries(names.filter((name) => name in config).map((name) => [name, config[name]]));
}
