// Form fields for the buyer's details on an invoice: the State, or a firm with its GSTIN.
import { checkboxField, selectField, textArea, textField } from "../ui/fields.js";
import { STATES } from "./states.js";

/** A select of the Indian States; its value is null when none is chosen. */
export function stateField({ value, ...config }) {
  return selectField({ name: "state", label: "State", ...config, value: value ?? "", options: [["", "Choose a State"], ...STATES], read: (code) => code || null });
}

/** "I buy for a firm", and the firm's fields, which are hidden otherwise. `names` are the names of name and address in the request. */
export function firmFields(profile, names, { changed = () => {} } = {}) {
  const choice = checkboxField({ name: "for_firm", label: "I buy for a firm with a GSTIN", value: Boolean(profile.gstin) });
  const fields = [
    textField({ name: "gstin", label: "GSTIN", value: profile.gstin ?? "", required: true, maxlength: 15, hint: "15 characters, as on the certificate of registration.", read: (text) => text.trim().toUpperCase() }),
    textField({ name: names.name, label: "Name of the firm", value: profile.firm_name ?? "", required: true, maxlength: 120, autocomplete: "organization" }),
    textArea({ name: names.address, label: "Address of the firm", value: profile.firm_address ?? "", required: true, maxlength: 300, rows: 3 }),
  ];
  const update = () => {
    for (const field of fields) field.element.hidden = !choice.value();
    changed(choice.value());
  };
  choice.input.addEventListener("change", update);
  update();
  return [choice, ...fields];
}
