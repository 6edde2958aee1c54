// The video of a lesson: goes on where it stopped, and watching to the end completes the lesson.
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const EVERY_SECONDS = 15;
const NOT_AGAIN_WITHIN = 30_000;

/** `state` is the learner's study, or null for who only looks; `again()` reads the lesson anew, with a fresh link. */
export function video(lesson, state, again) {
  const player = h("video", { src: lesson.video.url, controls: true, preload: "metadata", playsinline: true, "aria-label": lesson.title });
  const trouble = h("p.note.bad", { role: "alert", hidden: true }, icon("alert"), h("span", "The video cannot be played. Reload the page to try again."));
  renew(player, again, trouble);
  if (state) remember(player, state);
  return [player, trouble];
}

/** Links to videos end after a few minutes. Who watches longer, or pauses, gets another one at the same place. */
function renew(player, again, trouble) {
  let last = 0;
  player.addEventListener("error", async () => {
    if (Date.now() - last < NOT_AGAIN_WITHIN) {
      trouble.hidden = false;
      return;
    }
    last = Date.now();
    const { currentTime, paused } = player;
    const fresh = await again().catch(() => null);
    if (!fresh) {
      trouble.hidden = false;
      return;
    }
    player.src = fresh.video.url;
    player.addEventListener("loadedmetadata", () => {
      player.currentTime = currentTime;
      if (!paused) player.play().catch(() => null);
    }, { once: true });
  });
}

function remember(player, state) {
  let kept = state.position;
  const keep = () => {
    const now = Math.floor(player.currentTime);
    if (now === kept) return;
    kept = now;
    state.keep(now);
  };
  player.addEventListener("loadedmetadata", () => {
    if (state.position > 0 && state.position < player.duration - 5) player.currentTime = state.position;
  }, { once: true });
  player.addEventListener("timeupdate", () => { if (player.currentTime - kept >= EVERY_SECONDS) keep(); });
  player.addEventListener("pause", keep);
  player.addEventListener("ended", state.finish);
}
