// Create elements. A string always becomes text, so data never becomes markup.

const SVG = "http://www.w3.org/2000/svg";
const AS_PROPERTY = new Set(["value", "checked", "disabled", "selected", "indeterminate", "open", "hidden", "draggable"]);

/** `h("button.primary", {type: "button", on: {click}}, "Save")`. null and false children are left out. */
export function h(tag, props, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name || "div");
  if (classes.length) element.className = classes.join(" ");
  return fill(element, props, children);
}

/** The same for SVG. */
export function s(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
  if (props !== null && typeof props === "object" && !(props instanceof Node) && !Array.isArray(props)) {
    for (const [name, value] of Object.entries(props)) set(element, name, value);
  } else if (props !== undefined) {
    children.unshift(props);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false && !AS_PROPERTY.has(name)) return;
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  } else if (name === "style" || name === "dataset") {
    for (const [key, one] of Object.entries(value)) key.startsWith("--") ? element.style.setProperty(key, one) : (element[name][key] = one);
  } else if (name === "class") {
    element.classList.add(...value.split(" ").filter(Boolean));
  } else if (AS_PROPERTY.has(name)) {
    element[name] = value;
  } else {
    element.setAttribute(name, value === true ? "" : value);
  }
}

let last = 0;

/** An id that no other element of this page has. */
export function uniqueId(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}
