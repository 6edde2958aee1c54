() => {
  // Elements that overflow the right edge, unless an ancestor scrolls.
  const limit = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= limit) return [];
  const over = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > limit + 1 && !one.closest(".scroll, .nav, .tabs, pre"));
  return [`${document.documentElement.scrollWidth} px wide`, ...over.slice(0, 5).map((one) => `${one.tagName}.${one.className}`)];
}
