// Toasts: short messages that disappear. Errors stay longer; all can be closed.
import { h } from "./dom.js";
import { icon } from "./icons.js";

const DISPLAY_MS = { good: 4500, bad: 9000 };

export function toast(text, kind = "good") {
  const element = h("div.toast", { class: kind, role: kind === "bad" ? "alert" : null },
    icon(kind === "bad" ? "alert" : "check"),
    h("p", text),
    h("button.plain", { type: "button", "aria-label": "Close this message", on: { click: () => element.remove() } }, icon("x")));
  document.getElementById("toasts").append(element);
  setTimeout(() => element.remove(), DISPLAY_MS[kind]);
}

/** Runs an action and shows its error as a toast. Returns whether it succeeded. */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (problem) {
    if (problem.status === undefined) throw problem;
    toast(problem.detail, "bad");
    return false;
  }
}
