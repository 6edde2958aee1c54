// The video of a lesson: resumes at the saved position, and watching to the end completes the lesson.
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const SAVE_EVERY_SECONDS = 15;
const REFRESH_INTERVAL_MS = 30_000;

/** `progress` is the learner's lessonProgress, null without an enrollment; `reload()` loads the lesson again with a new link. */
export function videoPlayer(lesson, progress, reload) {
  const player = h("video", { src: lesson.video.url, controls: true, preload: "metadata", playsinline: true, "aria-label": lesson.title });
  const errorNote = h("p.note.bad", { role: "alert", hidden: true }, icon("alert"), h("span", "The video cannot be played. Reload the page to try again."));
  refreshLink(player, reload, errorNote);
  if (progress) trackPosition(player, progress);
  return [player, errorNote];
}

/** Video links expire after a few minutes. When the link has expired, load a new one and continue at the same position. */
function refreshLink(player, reload, errorNote) {
  let last = 0;
  player.addEventListener("error", async () => {
    if (Date.now() - last < REFRESH_INTERVAL_MS) {
      errorNote.hidden = false;
      return;
    }
    last = Date.now();
    const { currentTime, paused } = player;
    const fresh = await reload().catch(() => null);
    if (!fresh) {
      errorNote.hidden = false;
      return;
    }
    player.src = fresh.video.url;
    player.addEventListener("loadedmetadata", () => {
      player.currentTime = currentTime;
      if (!paused) player.play().catch(() => null);
    }, { once: true });
  });
}

function trackPosition(player, progress) {
  let saved = progress.position;
  const save = () => {
    const now = Math.floor(player.currentTime);
    if (now === saved) return;
    saved = now;
    progress.savePosition(now);
  };
  player.addEventListener("loadedmetadata", () => {
    if (progress.position > 0 && progress.position < player.duration - 5) player.currentTime = progress.position;
  }, { once: true });
  player.addEventListener("timeupdate", () => { if (player.currentTime - saved >= SAVE_EVERY_SECONDS) save(); });
  player.addEventListener("pause", save);
  player.addEventListener("ended", progress.markComplete);
}
