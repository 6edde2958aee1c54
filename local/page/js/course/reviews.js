// What learners say of a course: how many stars, their words, and one's own.
import { get, patch, put, remove } from "../api/client.js";
import { me } from "../session.js";
import { action } from "../ui/button.js";
import { ask } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { area, text } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { count, day, plural } from "../ui/format.js";
import { growing } from "../ui/more.js";
import { avatar, badge } from "../ui/parts.js";
import { starField, stars } from "../ui/stars.js";
import { toast } from "../ui/toast.js";

const PAGE = 5;

/** `access` is whether the one who looks learns in the course; `context` draws the page again. */
export async function reviews(course, access, context) {
  const path = `/api/courses/${course.id}/reviews`;
  const learner = me()?.role === "student" && access;
  const { own } = learner ? await get(`${path}?limit=1`) : { own: null };
  const cards = h("div.reviews");
  const list = { element: cards, body: cards, line: (one) => review(one, course) };
  return h("section.stack", { "aria-labelledby": "reviews" },
    h("h2", { id: "reviews" }, "What learners say"),
    course.rating_count > 0 && summary(course),
    learner && mine(path, own, context),
    await growing(path, list, () => h("p.soft", "Nobody has said anything yet."), PAGE));
}

function summary({ rating, rating_count: number, ratings }) {
  const most = Math.max(...ratings);
  const line = (given, at) => h("li",
    h("span", plural(at + 1, "star")),
    h("span.bar", { "aria-hidden": "true" }, h("span", { style: { width: `${(given / most) * 100}%` } })),
    h("b", count(given)));
  return h("div.panel.rating-summary",
    h("div.rating-mean", h("strong", rating.toFixed(1)), stars(rating, `${rating.toFixed(2)} of 5 stars`), h("small", plural(number, "rating"))),
    h("ul.rating-bars", ratings.map(line).reverse()));
}

function review(one, course) {
  const shown = h("article.review",
    h("header", avatar(one.author, 34), h("div", h("strong", one.author.name), h("small", day(one.created_at))), stars(one.rating, plural(one.rating, "star"))),
    one.text && h("p.prose-plain", { dir: "auto" }, one.text),
    me()?.role === "admin" && h("div", action("Hide", { kind: "danger small" }, () => hide(one, course, shown))));
  return shown;
}

function hide(one, course, shown) {
  return ask({
    title: `Hide what ${one.author.name} says?`,
    text: "It is not shown any more and does not count. Its author sees your reason.",
    confirm: "Hide review",
    kind: "danger",
    fields: [text({ name: "reason", label: "Reason", required: true, maxlength: 120 })],
  }, async ({ reason }) => {
    await patch(`/api/courses/${course.id}/reviews/${one.id}/moderation`, { hidden: true, reason });
    shown.remove();
    toast("The review is hidden.");
  });
}

function mine(path, own, context) {
  const write = form({
    fields: [
      starField({ name: "rating", label: "Your rating", value: own?.rating }),
      area({ name: "text", label: "What would you tell a friend?", value: own?.text ?? "", rows: 3, maxlength: 2000 }),
    ],
    submit: own ? "Change it" : "Publish",
    extra: own && !own.hidden ? action("Take it back", { kind: "quiet" }, () => takeBack(path, context)) : [],
    onsubmit: async ({ rating, text: said }) => {
      await put(`${path}/my`, { rating, text: said || null });
      toast("Thank you. Others will see it in a moment.");
      context.reload();
    },
  });
  return h("details.panel.own-review", { open: false },
    h("summary", own ? ["Your review", stars(own.rating, plural(own.rating, "star"))] : "Rate this course"),
    own?.hidden && h("p.note.wait", h("span", badge("hidden"), ` An administrator hid it: ${own.moderation_reason}`)),
    write);
}

async function takeBack(path, context) {
  const gone = await ask({ title: "Take your review back?", text: "You can write another one.", confirm: "Take it back", kind: "danger" }, () => remove(`${path}/my`));
  if (gone) context.reload();
}
