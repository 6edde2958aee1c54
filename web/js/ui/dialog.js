// Questions over the page, in the browser's own modal dialog: Escape and Tab work as everywhere.
import { h, uniqueId } from "./dom.js";
import { form } from "./form.js";

/** Asks to confirm, with fields if given. `run(values)` does it; its refusal is shown inside. Resolves true when done. */
export function ask({ title, text, confirm, kind = "primary", fields = [] }, run) {
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
