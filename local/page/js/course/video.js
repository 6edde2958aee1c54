// The video of a lesson: goes on where it stopped, and watching to the end completes the lesson.
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";

const EVERY_SECONDS = 15;

/** `state` is the learner's study, or null for who only looks. */
export function video(lesson, state) {
  if (!lesson.video?.url) return h("p.note", icon("play"), h("span", "The video of this lesson is not there yet."));
  const player = h("video", { src: lesson.video.url, controls: true, preload: "metadata", playsinline: true, "aria-label": lesson.title });
  const trouble = h("p.note.bad", { role: "alert", hidden: true }, icon("alert"), h("span", "The video cannot be played. Its address may be too old: reload the page."));
  player.addEventListener("error", () => { trouble.hidden = false; });
  if (state) remember(player, state);
  return [player, trouble];
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
  });
  player.addEventListener("timeupdate", () => { if (player.currentTime - kept >= EVERY_SECONDS) keep(); });
  player.addEventListener("pause", keep);
  player.addEventListener("ended", state.finish);
}
