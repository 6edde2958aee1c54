// Buttons that call the server: disabled while the call runs, errors are shown as a toast.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { attempt } from "./toast.js";

/** `kind` is a class: "primary", "danger", "quiet". `mark` is an icon's name; `label` alone is for icon buttons. */
export function actionButton(text, { kind = "", mark = null, label = null, disabled = false }, run) {
  const button = h("button.button", { type: "button", class: kind, "aria-label": label, title: label, disabled },
    mark && icon(mark), text && h("span", text));
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      await attempt(run);
    } finally {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  });
  return button;
}
