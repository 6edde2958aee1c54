() => {
  // WCAG 2 contrast of each visible text with its nearest solid background: at least 4.5, or 3 for large text.
  const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((one) => (one / 255 <= 0.03928 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const backgroundOf = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null;
      const colour = rgba(style.backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return rgba(getComputedStyle(document.body).backgroundColor);
  };
  const violations = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !one.getClientRects().length || one.closest(":disabled, option, .sr-only, .skip")) continue;
    const background = backgroundOf(one);
    if (!background) continue;
    const style = getComputedStyle(one);
    const text = rgba(one instanceof SVGElement ? style.fill : style.color);
    const [high, low] = [luminance(text), luminance(background)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const needed = size >= 24 || (size >= 18.5 && style.fontWeight >= 700) ? 3 : 4.5;
    if (ratio < needed) violations.add(`${ratio.toFixed(2)} ${one.tagName}.${one.getAttribute("class")}: ${walker.currentNode.textContent.trim().slice(0, 40)}`);
  }
  return [...violations];
}
