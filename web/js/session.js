// Who is signed in. The only thing kept over a reload is that somebody was: the cookie itself is out of reach.
import { create, post } from "./api/client.js";
import * as tokens from "./api/tokens.js";
import { toast } from "./ui/toast.js";

const HINT = "lectern.session";
const changes = new EventTarget();

let user = null;

/** {id, name, email, role, avatar_url} or null. */
export function me() {
  return user;
}

export function onChange(listener) {
  changes.addEventListener("change", listener);
}

/** At load: signed in again, if this browser was. */
export async function restore() {
  if (localStorage.getItem(HINT) === null) return;
  const answer = await tokens.renew();
  if (answer) become(answer.user);
}

export async function signIn(email, password) {
  enter(await post("/api/auth/login", { email, password }));
}

export async function signUp(fields) {
  enter(await create("/api/auth/register", fields));
}

export async function signOut() {
  await tokens.end();
  leave();
}

/** After a change of the profile: the header shows it, unless its owner signed out meanwhile. */
export function amend(someone) {
  if (user?.id === someone.id) become(someone);
}

function become(someone) {
  user = someone;
  changes.dispatchEvent(new Event("change"));
}

function enter(answer) {
  tokens.accept(answer);
  localStorage.setItem(HINT, "1");
  become(answer.user);
}

function leave() {
  tokens.forget();
  localStorage.removeItem(HINT);
  become(null);
}

tokens.onEnd(() => {
  if (user) toast("Your session has ended. Sign in again to go on.", "bad");
  leave();
});

// Signing out in one tab signs out the others.
window.addEventListener("storage", (event) => {
  if (event.key === HINT && event.newValue === null && user) leave();
});
