// Confirmation dialogs. The browser's modal dialog handles Escape and Tab.
import { h, uniqueId } from "./dom.js";
import { form } from "./form.js";

/** Asks for confirmation, with optional fields. `run(values)` performs the action; its error is shown in the dialog. Resolves true when it succeeded. */
export function confirmDialog({ title, text, confirm, kind = "primary", fields = [] }, run) {
  return new Promise((resolve) => {
    const id = uniqueId("dialog");
    let done = false;
    const close = () => dialog.close();
    const body = form({
      fields,
      kind,
      submit: confirm,
      extra: h("button.button.quiet", { type: "button", on: { click: close } }, "Cancel"),
      onsubmit: async (values) => {
        await run(values);
        done = true;
        close();
      },
    });
    const dialog = h("dialog.dialog", { "aria-labelledby": id }, h("h2", { id }, title), text && h("p", text), body);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(done);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
