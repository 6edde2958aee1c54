"use strict";
(() => {
  const main = document.getElementById("main");
  const nav = document.getElementById("nav");
  const token = document.getElementById("token");
  let api;

  /** make("td.quiet", child, …): an element; text is always text, never markup. */
  function make(what, ...children) {
    const [tag, ...classes] = what.split(".");
    const element = document.createElement(tag);
    if (classes.length) element.className = classes.join(" ");
    element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  const resolve = (schema) => (schema?.$ref ? api.components.schemas[schema.$ref.split("/").pop()] : schema) ?? {};

  /** An example value of the schema: {"title": "string", …}. */
  function example(schema, depth = 0) {
    const real = resolve(schema);
    if (depth > 6) return "…";
    if (real.const !== undefined) return real.const;
    if (real.enum) return real.enum.length > 1 && depth ? real.enum.join(" | ") : real.enum[0];
    if (real.default !== undefined && real.default !== null) return real.default;
    if (real.allOf) return Object.assign({}, ...real.allOf.map((each) => example(each, depth)));
    if (real.anyOf) return example(real.anyOf.find((each) => each.type !== "null"), depth);
    if (real.type === "array") return [example(real.items, depth + 1)];
    if (real.type === "object" || real.properties) {
      const named = Object.entries(real.properties ?? {}).map(([name, each]) => [name, example(each, depth + 1)]);
      return Object.fromEntries(named);
    }
    if (real.type === "integer" || real.type === "number") return real.minimum ?? 0;
    if (real.type === "boolean") return false;
    return real.format ?? "string";
  }

  /** A request body to edit: the first value of each enum, required fields only. */
  function draft(schema) {
    const real = resolve(schema);
    if (real.enum) return real.enum[0];
    if (real.anyOf) return draft(real.anyOf.find((each) => each.type !== "null"));
    if (real.properties) {
      const wanted = Object.entries(real.properties).filter(([name]) => !real.required || real.required.includes(name));
      return Object.fromEntries(wanted.map(([name, each]) => [name, draft(each)]));
    }
    return example(schema, 1);
  }

  const json = (value) => JSON.stringify(value, null, 2);

  function kind(schema) {
    const real = resolve(schema);
    if (real.enum) return real.enum.join(" | ");
    const limits = ["minimum", "maximum", "minLength", "maxLength", "default"].filter((name) => real[name] !== undefined && real[name] !== null);
    return [real.type ?? "any", ...limits.map((name) => `${name} ${real[name]}`)].join(", ");
  }

  function parameters(operation) {
    if (!operation.parameters) return null;
    return [make("h4", "Parameters"), make("table", operation.parameters.map((each) => make("tr",
      make("td", make("code", each.name)), make("td.quiet", each.in), make("td", kind(each.schema)),
      make("td.quiet", each.required ? "required" : "", each.description ?? ""))))];
  }

  function body(operation) {
    const content = Object.entries(operation.requestBody?.content ?? {});
    return content.map(([type, { schema }]) => [make("h4", `Body: ${type}`), resolve(schema).description && make("p", resolve(schema).description), make("pre", json(example(schema)))]);
  }

  function responses(operation) {
    const rows = Object.entries(operation.responses).map(([status, response]) => {
      const lines = response.description.split("\n").map((line) => make("div", line.replaceAll("`", "")));
      return make("tr", make("td", make("code", status)), make("td", lines));
    });
    const good = Object.entries(operation.responses).find(([status, response]) => status < "3" && response.content);
    const shown = good && Object.values(good[1].content)[0].schema;
    return [
      make("h4", "Responses"), make("table", rows),
      shown && [make("h4", `Response ${good[0]}`), resolve(shown).description && make("p", resolve(shown).description), make("pre", json(example(shown)))],
    ];
  }

  function attempt(method, path, operation) {
    const content = Object.entries(operation.requestBody?.content ?? {})[0];
    if (content && !content[0].endsWith("json")) return null;
    const inputs = (operation.parameters ?? []).map((each) => {
      const input = make("input");
      input.placeholder = each.required ? "required" : "";
      return { ...each, input };
    });
    const text = content && make("textarea");
    if (text) { text.value = json(draft(content[1].schema)); text.setAttribute("aria-label", "Body"); }
    const send = make("button", "Send");
    const result = make("div");
    result.setAttribute("aria-live", "polite");
    send.type = "button";
    send.addEventListener("click", async () => {
      const given = inputs.filter((each) => each.input.value !== "");
      const target = given.filter((each) => each.in === "path").reduce((url, each) => url.replace(`{${each.name}}`, encodeURIComponent(each.input.value)), path);
      const query = new URLSearchParams(given.filter((each) => each.in === "query").map((each) => [each.name, each.input.value]));
      const headers = new Headers(given.filter((each) => each.in === "header").map((each) => [each.name, each.input.value]));
      if (token.value) headers.set("Authorization", `Bearer ${token.value.trim()}`);
      if (text?.value.trim()) headers.set("Content-Type", content[0]);
      result.replaceChildren(make("p.quiet", "…"));
      try {
        const response = await fetch(`${target}${query.size ? `?${query}` : ""}`, { method: method.toUpperCase(), headers, body: text?.value.trim() || undefined });
        const received = await response.text();
        let pretty = received;
        try { pretty = json(JSON.parse(received)); } catch { /* not JSON: shown unchanged */ }
        result.replaceChildren(make("p", make("code", `${response.status} ${response.statusText}`)), pretty ? make("pre", pretty) : "");
      } catch (error) {
        result.replaceChildren(make("p", `No response: ${error.message}`));
      }
    });
    return [make("h4", "Try it"), make("div.fields", inputs.map((each) => make("label", each.name, each.input))), text, make("div", send), result];
  }

  function route(path, method, operation) {
    const details = make("details.route");
    details.id = operation.operationId;
    details.append(make("summary", make(`span.method.${method}`, method), make("code", path), make("span.what", operation.summary), make("span.who", operation["x-access"].join(", "))));
    details.addEventListener("toggle", () => {
      if (!details.open || details.children.length > 1) return;
      details.append(make("div.inside", make("p", operation.summary, " ", operation.description ?? ""),
        parameters(operation), body(operation), responses(operation), attempt(method, path, operation)));
    });
    return details;
  }

  function draw(filter) {
    const wanted = filter.trim().toLowerCase();
    const groups = new Map(api.tags.map(({ name }) => [name, []]));
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const text = `${method} ${path} ${operation.summary} ${operation.operationId}`.toLowerCase();
        if (text.includes(wanted)) groups.get(operation.tags[0]).push([path, method, operation]);
      }
    }
    const found = [...groups].filter(([, routes]) => routes.length);
    nav.replaceChildren(...found.flatMap(([tag, routes]) => [make("h2", tag), ...routes.map(([path, method, operation]) => {
      const link = make("a", make(`span.method.${method}`, method), make("span", path.replace(/^\/api/, "").replace(/\{\w+\}/g, "{…}")));
      link.href = `#${operation.operationId}`;
      link.title = operation.summary;
      return link;
    })]));
    main.replaceChildren(
      make("h1", `${api.info.title} API`),
      ...api.info.description.trim().split("\n\n").map((part) => make("p.quiet", part.replaceAll("`", ""))),
      ...found.flatMap(([tag, routes]) => [make("h2", tag), ...routes.map((each) => route(...each))]),
      ...(found.length ? [] : [make("p", "No route matches.")]),
      ...(wanted ? [] : [make("h2", "Errors"), make("table", Object.entries(api["x-errors"]).map(([code, { status, title }]) => {
        const row = make("tr", make("td", make("code", code)), make("td", String(status)), make("td", title));
        row.id = `error-${code}`;
        return row;
      }))]));
    show();
  }

  function show() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
    target?.scrollIntoView();
  }

  document.getElementById("find").addEventListener("input", (event) => draw(event.target.value));
  addEventListener("hashchange", show);
  fetch("/api/openapi.json")
    .then((response) => response.json())
    .then((document) => { api = document; draw(""); })
    .catch((error) => main.replaceChildren(make("p", `Could not load the document: ${error.message}`)));
})();
