// A sentence that comes and goes. Refusals stay longer; both can be closed.
import { h } from "./dom.js";
import { icon } from "./icons.js";

const STAYS = { good: 4500, bad: 9000 };

export function toast(text, kind = "good") {
  const note = h("div.toast", { class: kind, role: kind === "bad" ? "alert" : null },
    icon(kind === "bad" ? "alert" : "check"),
    h("p", text),
    h("button.plain", { type: "button", "aria-label": "Close this message", on: { click: () => note.remove() } }, icon("x")));
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), STAYS[kind]);
}

/** Runs an action; a refusal becomes a toast. Answers whether it went through. */
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
