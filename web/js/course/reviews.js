// What learners say of a course: how many stars, their words, and one's own.
import { get, put, remove } from "../api/client.js";
import { me } from "../session.js";
import { action } from "../ui/button.js";
import { ask } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { area } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { count, day, plural } from "../ui/format.js";
import { growing } from "../ui/paginated-list.js";
import { moderation } from "./review-moderation.js";
import { avatar, badge } from "../ui/components.js";
import { fillPlace } from "../ui/async-region.js";
import { starField, stars } from "../ui/stars.js";
import { toast } from "../ui/toast.js";

const PAGE = 5;

/** `access` is whether the one who looks learns in the course; `context` draws the page again. */
export async function reviews(course, access, context) {
  const path = `/api/courses/${course.id}/reviews`;
  const learner = me()?.role === "student" && access;
  const { my_review: own } = learner ? await get(`${path}?limit=1`) : { my_review: null };
  const said = h("div.stack");
  const draw = () => fillPlace(said, null, async () => [
    await list(path, (one) => review(one, me()?.role === "admin" && moderation(one, course, draw)), "Nobody has said anything yet."),
    me()?.role === "admin" && h("section.stack", { "aria-label": "Hidden reviews" }, h("h3", "Hidden reviews"),
      await list(`${path}?hidden=true`, (one) => review(one, moderation(one, course, draw)), "None is hidden.")),
  ]);
  await draw();
  return h("section.stack", { "aria-labelledby": "reviews" },
    h("h2", { id: "reviews" }, "What learners say"),
    course.rating_count > 0 && summary(course),
    learner && mine(path, own, context),
    said);
}

function list(path, line, none) {
  const cards = h("div.reviews");
  return growing(path, { element: cards, body: cards, line }, () => h("p.soft", none), PAGE);
}

function summary({ rating, rating_count: number, ratings }) {
  const line = (given, at) => h("li",
    h("span", plural(at + 1, "star")),
    h("span.bar", { "aria-hidden": "true" }, h("span", { style: { width: `${(given / number) * 100}%` } })),
    h("b", count(given)));
  return h("div.panel.rating-summary",
    h("div.rating-mean", h("strong", rating.toFixed(1)), stars(rating, `${rating.toFixed(2)} of 5 stars`), h("small", plural(number, "rating"))),
    h("ul.rating-bars", ratings.map(line).reverse()));
}

function review(one, acts) {
  return h("article.review",
    h("header", avatar(one.author, 34), h("div", h("strong", one.author.name), h("small", day(one.created_at))), stars(one.rating, plural(one.rating, "star"))),
    one.text && h("p.prose-plain", { dir: "auto" }, one.text),
    one.hidden && h("p.note.wait", h("span", badge("hidden"), ` ${one.moderation_reason}`)),
    acts && h("div", acts));
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
