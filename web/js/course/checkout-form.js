// The form before the payment, where the seller's invoice must name the buyer's State.
import { patch } from "../api/client.js";
import { h } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { firmFields, stateField } from "../invoice/buyer-fields.js";

const FIRM_NAMES = { name: "firm.name", address: "firm.address" };

/** `pay(details)` gets the buyer's details as create-order takes them; `profile` prefills the fields. */
export function checkoutForm(profile, text, pay) {
  const state = stateField({ label: "Your State", value: profile.state, required: true, hint: "The invoice must name it." });
  const firm = firmFields(profile, FIRM_NAMES, { changed: (forFirm) => { state.element.hidden = forFirm; } });
  return h("section.stack", { "aria-label": "Invoice" },
    form({ fields: [state, ...firm], submit: text, kind: "primary block", onsubmit: (values) => pay(detailsOf(values)) }));
}

/** A firm's State is that of its GSTIN. Null as GSTIN buys for the learner, also if the profile has a firm. */
function detailsOf(values) {
  if (!values.for_firm) return { state: values.state, gstin: null };
  return { gstin: values.gstin, firm: { name: values["firm.name"], address: values["firm.address"] } };
}

/** Stores the details in the profile, for the next purchase; returns the profile that prefills the form from now on. */
export function rememberBuyer(profile, { state, gstin, firm }) {
  const changes = gstin ? { gstin, firm_name: firm.name, firm_address: firm.address } : { state };
  const changed = Object.entries(changes).some(([name, value]) => profile[name] !== value);
  if (changed) patch("/api/auth/me", changes).catch(() => null); // the purchase does not depend on it
  return { ...profile, gstin, ...changes };
}
