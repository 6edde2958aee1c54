// The access token is in memory only. After a reload, the HttpOnly refresh cookie is exchanged for a new one.
import { networkProblem, parseProblem } from "./problem.js";

const REFRESH_MARGIN_MS = 10_000;

let accessToken = null;
let expiresAt = 0;
let refreshing = null;
let onSessionEnd = () => {};

/** `listener` is called when the session has ended on the server. */
export function onEnd(listener) {
  onSessionEnd = listener;
}

export function storeToken(response) {
  accessToken = response.access_token;
  expiresAt = Date.now() + response.expires_in * 1000;
}

export function clearToken() {
  accessToken = null;
}

/** The access token, refreshed when it is about to expire; null when no user is signed in. */
export async function currentToken() {
  if (accessToken && Date.now() > expiresAt - REFRESH_MARGIN_MS) await refreshToken();
  return accessToken;
}

/** One refresh shared by all concurrent callers. The response, or null when the session has ended. */
export function refreshToken() {
  refreshing ??= requestToken().finally(() => { refreshing = null; });
  return refreshing;
}

async function requestToken() {
  const response = await fetch("/api/auth/refresh_token", { method: "POST" }).catch(() => { throw networkProblem(); });
  if (response.ok) {
    const document = await response.json();
    storeToken(document);
    return document;
  }
  if (response.status >= 500 || response.status === 429) throw await parseProblem(response);
  clearToken();
  onSessionEnd();
  return null;
}

/** Ends the session on the server. The cookie identifies it: no access token is sent. */
export async function revokeSession() {
  const response = await fetch("/api/auth/logout", { method: "POST" }).catch(() => { throw networkProblem(); });
  if (!response.ok) throw await parseProblem(response);
  clearToken();
}
