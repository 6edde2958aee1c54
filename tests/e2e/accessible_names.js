() => {
  const complaints = [];
  const seen = (one) => one.getClientRects().length > 0;
  const named = (one) => (one.getAttribute("aria-label") ?? "").trim() || one.textContent.trim() || one.labels?.length;
  const say = (what, one) => complaints.push(`${what}: ${one.outerHTML.slice(0, 120)}`);
  for (const one of document.querySelectorAll("a[href], button, summary")) if (seen(one) && !named(one)) say("no name", one);
  for (const one of document.querySelectorAll("input, select, textarea")) if (seen(one) && !named(one)) say("no label", one);
  for (const one of document.querySelectorAll("img:not([alt])")) say("no alt", one);
  for (const one of document.querySelectorAll("[aria-describedby], label[for]")) {
    const ids = (one.getAttribute("aria-describedby") ?? one.getAttribute("for")).split(" ");
    for (const id of ids) if (!document.getElementById(id)) say("points at nothing", one);
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  for (const id of new Set(ids.filter((each, at) => ids.indexOf(each) !== at))) complaints.push(`id twice: ${id}`);
  if (document.querySelectorAll("h1").length !== 1) complaints.push(`${document.querySelectorAll("h1").length} h1`);
  return complaints;
}
