// Calls of the public API: JSON bodies, errors as Problem, one token refresh after a 401.
import { networkProblem, parseProblem } from "./problem.js";
import * as tokens from "./tokens.js";

/** The response body. `headers` adds request headers, `whole` returns {data, headers}, `plain` returns text, `binary` a blob. */
export async function call(method, path, { body, headers = {}, whole = false, plain = false, binary = false, signal } = {}) {
  const send = async () => {
    const token = await tokens.currentToken();
    const init = { method, signal, headers: { ...headers } };
    if (token) {
      init.headers.Authorization = `Bearer ${token}`;
      init.cache = "no-cache"; // a signed-in user sees their own changes at once
    }
    if (body instanceof FormData) {
      init.body = body;
    } else if (body !== undefined) {
      init.headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(body);
    }
    const response = await fetch(path, init).catch((error) => { throw error.name === "AbortError" ? error : networkProblem(); });
    return { response, token };
  };
  const first = await send();
  let { response } = first;
  if (response.status === 401 && first.token) {
    if (await tokens.refreshToken()) ({ response } = await send());
  }
  if (!response.ok) throw await parseProblem(response);
  const data = response.status === 204 ? null : await (binary ? response.blob() : plain ? response.text() : response.json());
  return whole ? { data, headers: response.headers } : data;
}

export const get = (path, options) => call("GET", path, options);
export const getText = (path) => call("GET", path, { plain: true });
export const getBlob = (path) => call("GET", path, { binary: true });
export const put = (path, body, options) => call("PUT", path, { ...options, body });
export const patch = (path, body, options) => call("PATCH", path, { ...options, body });
export const remove = (path, options) => call("DELETE", path, options);
export const post = (path, body, options) => call("POST", path, { ...options, body });

/** A POST that creates a resource. A lost response is retried with the same idempotency key, so it is created once. */
export async function createIdempotent(path, body, options = {}) {
  const headers = { ...options.headers, "Idempotency-Key": crypto.randomUUID() };
  try {
    return await post(path, body, { ...options, headers });
  } catch (problem) {
    if (!problem.retryable) throw problem;
    await new Promise((resolve) => setTimeout(resolve, 1000 * (problem.retryAfter ?? 1)));
    return post(path, body, { ...options, headers });
  }
}

/** All items of a paginated list. */
export async function listAll(path) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(withQuery(path, { limit: 100, cursor }));
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return items;
}

/** `path` with the non-empty values as its query. */
export function withQuery(path, values) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  return query.size ? `${path}${path.includes("?") ? "&" : "?"}${query}` : path;
}
