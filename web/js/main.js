// Starts the page: restores the session, reads the seller's time zone, draws the header, shows the first page.
import { get } from "./api/client.js";
import { drawHeader } from "./header.js";
import { clearEnrollmentCache } from "./enrollments.js";
import { show, start } from "./router.js";
import { currentUser, onChange, restoreSession } from "./session.js";
import { setTimeZone } from "./ui/format.js";
import { attempt } from "./ui/toast.js";

const readTimeZone = async () => setTimeZone((await get("/api/seller")).time_zone);
await Promise.all([attempt(restoreSession), readTimeZone().catch(() => {})]); // without it, days are those of India
drawHeader();
start();

let userId = currentUser()?.id ?? null;

onChange(() => {
  drawHeader();
  const newId = currentUser()?.id ?? null;
  if (newId === userId) return;
  userId = newId;
  clearEnrollmentCache();
  // The sign-in page navigates by itself, unless the user left it. Without a session the page may be off limits.
  if (newId === null || !location.hash.startsWith("#/sign-")) show();
});

window.addEventListener("hashchange", drawHeader);

// The part after "#" is the route, so the skip link moves the focus instead of changing it.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
