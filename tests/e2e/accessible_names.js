() => {
  const violations = [];
  const isVisible = (element) => element.getClientRects().length > 0;
  const hasName = (element) => (element.getAttribute("aria-label") ?? "").trim() || element.textContent.trim() || element.labels?.length;
  const report = (what, element) => violations.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  for (const element of document.querySelectorAll("a[href], button, summary")) if (isVisible(element) && !hasName(element)) report("no name", element);
  for (const element of document.querySelectorAll("input, select, textarea")) if (isVisible(element) && !hasName(element)) report("no label", element);
  for (const element of document.querySelectorAll("img:not([alt])")) report("no alt", element);
  for (const element of document.querySelectorAll("[aria-describedby], label[for]")) {
    const ids = (element.getAttribute("aria-describedby") ?? element.getAttribute("for")).split(" ");
    for (const id of ids) if (!document.getElementById(id)) report("refers to a missing id", element);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((each, at) => ids.indexOf(each) !== at))) violations.push(`duplicate id: ${id}`);
  if (document.querySelectorAll("h1").length !== 1) violations.push(`${document.querySelectorAll("h1").length} h1`);
  return violations;
}
