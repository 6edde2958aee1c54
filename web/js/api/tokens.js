// The access token lives in memory only. A reload gets a new one for the HttpOnly refresh cookie.
import { offline, problemOf } from "./problem.js";

const EARLY = 10_000;

let access = null;
let endsAt = 0;
let renewing = null;
let ended = () => {};

/** `listener` is called when the server no longer knows the session. */
export function onEnd(listener) {
  ended = listener;
}

export function accept(answer) {
  access = answer.access_token;
  endsAt = Date.now() + answer.expires_in * 1000;
}

export function forget() {
  access = null;
}

/** The token to send now, renewed first when it is about to end; null when nobody is signed in. */
export async function current() {
  if (access && Date.now() > endsAt - EARLY) await renew();
  return access;
}

/** One renewal for all who ask at the same time. The server's answer, or null when the session is over. */
export function renew() {
  renewing ??= ask().finally(() => { renewing = null; });
  return renewing;
}

async function ask() {
  const response = await fetch("/api/auth/refresh_token", { method: "POST" }).catch(() => { throw offline(); });
  if (response.ok) {
    const answer = await response.json();
    accept(answer);
    return answer;
  }
  if (response.status >= 500 || response.status === 429) throw await problemOf(response);
  forget();
  ended();
  return null;
}

/** Ends the session on the server. The cookie says which: no access token goes with it. */
export async function end() {
  const response = await fetch("/api/auth/logout", { method: "POST" }).catch(() => { throw offline(); });
  if (!response.ok) throw await problemOf(response);
  forget();
}
