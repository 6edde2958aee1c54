// The signed-in user. Local storage only records that a session exists: scripts cannot read the refresh cookie.
import { createIdempotent, post } from "./api/client.js";
import * as tokens from "./api/tokens.js";
import { toast } from "./ui/toast.js";

const HINT = "lectern.session";
const changes = new EventTarget();

let user = null;

/** {id, name, email, role, avatar_url} or null. */
export function currentUser() {
  return user;
}

export function onChange(listener) {
  changes.addEventListener("change", listener);
}

/** Restores the session after a page load. */
export async function restoreSession() {
  if (localStorage.getItem(HINT) === null) return;
  const session = await tokens.refreshToken();
  if (session) setUser(session.user);
}

export async function signIn(email, password) {
  startSession(await post("/api/auth/login", { email, password }));
}

export async function signUp(fields) {
  startSession(await createIdempotent("/api/auth/register", fields));
}

export async function signOut() {
  await tokens.revokeSession();
  clearSession();
}

/** Updates the user after a change of the profile, unless they signed out meanwhile. */
export function updateUser(updated) {
  if (user?.id === updated.id) setUser(updated);
}

function setUser(newUser) {
  user = newUser;
  changes.dispatchEvent(new Event("change"));
}

function startSession(response) {
  tokens.storeToken(response);
  localStorage.setItem(HINT, "1");
  setUser(response.user);
}

function clearSession() {
  tokens.clearToken();
  localStorage.removeItem(HINT);
  setUser(null);
}

tokens.onEnd(() => {
  if (user) toast("Your session has ended. Sign in again to continue.", "bad");
  clearSession();
});

// Signing out in one tab signs out the other tabs.
window.addEventListener("storage", (event) => {
  if (event.key === HINT && event.newValue === null && user) clearSession();
});
