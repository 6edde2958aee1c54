// Starts the page: who is signed in, the frame, the first page.
import { drawFrame } from "./header.js";
import { forgetEnrollments } from "./enrollments.js";
import { show, start } from "./router.js";
import { me, onChange, restore } from "./session.js";
import { attempt } from "./ui/toast.js";

await attempt(restore);
drawFrame();
start();

let before = me()?.id ?? null;

onChange(() => {
  drawFrame();
  const now = me()?.id ?? null;
  if (now === before) return;
  before = now;
  forgetEnrollments();
  // Signing in leads on by itself, unless its page was left; without a session the page may no longer be one's own.
  if (now === null || !location.hash.startsWith("#/sign-")) show();
});

window.addEventListener("hashchange", drawFrame);

// What is behind "#" is the page's address: to skip to the content is not to go to another page.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("main").focus();
});
