// Theme: light, dark, or the system setting. css/tokens.css reads the attribute.

const KEY = "lectern.theme";
const ORDER = ["auto", "light", "dark"];

export function currentTheme() {
  return document.documentElement.dataset.theme ?? "auto";
}

/** Switches to the next of auto, light, dark; returns it. */
export function cycleTheme() {
  const next = ORDER[(ORDER.indexOf(currentTheme()) + 1) % ORDER.length];
  if (next === "auto") {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(KEY);
  } else {
    document.documentElement.dataset.theme = next;
    localStorage.setItem(KEY, next);
  }
  return next;
}
