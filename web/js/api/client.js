// Calls of the public API. JSON in and out, refusals as Problem, one renewal of the token on a 401.
import { offline, problemOf } from "./problem.js";
import * as tokens from "./tokens.js";

/** The answer's body. `headers` adds request headers, `whole` answers {data, headers} instead; `plain` takes text. */
export async function call(method, path, { body, headers = {}, whole = false, plain = false, signal } = {}) {
  const send = async () => {
    const token = await tokens.current();
    const init = { method, signal, headers: { ...headers } };
    if (token) {
      init.headers.Authorization = `Bearer ${token}`;
      init.cache = "no-cache"; // who is signed in sees at once what they just changed
    }
    if (body instanceof FormData) {
      init.body = body;
    } else if (body !== undefined) {
      init.headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    const response = await fetch(path, init).catch((fault) => { throw fault.name === "AbortError" ? fault : offline(); });
    return { response, token };
  };
  const first = await send();
  let { response } = first;
  if (response.status === 401 && first.token) {
    if (await tokens.renew()) ({ response } = await send());
  }
  if (!response.ok) throw await problemOf(response);
  const data = response.status === 204 ? null : await (plain ? response.text() : response.json());
  return whole ? { data, headers: response.headers } : data;
}

export const get = (path, options) => call("GET", path, options);
export const text = (path) => call("GET", path, { plain: true });
export const put = (path, body, options) => call("PUT", path, { ...options, body });
export const patch = (path, body, options) => call("PATCH", path, { ...options, body });
export const remove = (path, options) => call("DELETE", path, options);
export const post = (path, body, options) => call("POST", path, { ...options, body });

/** A POST that makes something. An answer lost on the way is asked for again under the same key: made once. */
export async function create(path, body, options = {}) {
  const headers = { ...options.headers, "Idempotency-Key": crypto.randomUUID() };
  try {
    return await post(path, body, { ...options, headers });
  } catch (problem) {
    if (!problem.passing) throw problem;
    await new Promise((resolve) => setTimeout(resolve, 1000 * (problem.retryAfter ?? 1)));
    return post(path, body, { ...options, headers });
  }
}

/** Every item of a list, page after page. */
export async function everything(path) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(withQuery(path, { limit: 100, cursor }));
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return items;
}

/** `path` with the values that are not empty as its query. */
export function withQuery(path, values) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  return query.size ? `${path}${path.includes("?") ? "&" : "?"}${query}` : path;
}
