// The reviews of a course: rating summary, list of reviews, and the user's own review.
import { get, put, remove } from "../api/client.js";
import { currentUser } from "../session.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { textArea } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { formatCount, formatDate, plural } from "../ui/format.js";
import { paginatedList } from "../ui/paginated-list.js";
import { moderateButton } from "./review-moderation.js";
import { avatar, badge } from "../ui/components.js";
import { loadInto } from "../ui/async-region.js";
import { ratingField, ratingStars } from "../ui/stars.js";
import { toast } from "../ui/toast.js";

const PAGE = 5;

/** `access`: whether the user is enrolled; `context` redraws the page. */
export async function reviews(course, access, context) {
  const path = `/api/courses/${course.id}/reviews`;
  const learner = currentUser()?.role === "student" && access;
  const { my_review: own } = learner ? await get(`${path}?limit=1`) : { my_review: null };
  const reviewList = h("div.stack");
  const draw = () => loadInto(reviewList, null, async () => [
    await reviewItems(path, (one) => reviewCard(one, currentUser()?.role === "admin" && moderateButton(one, course, draw)), "No reviews yet."),
    currentUser()?.role === "admin" && h("section.stack", { "aria-label": "Hidden reviews" }, h("h3", "Hidden reviews"),
      await reviewItems(`${path}?hidden=true`, (one) => reviewCard(one, moderateButton(one, course, draw)), "No hidden reviews.")),
  ]);
  await draw();
  return h("section.stack", { "aria-labelledby": "reviews" },
    h("h2", { id: "reviews" }, "Reviews"),
    course.rating_count > 0 && summary(course),
    learner && ownReview(path, own, context),
    reviewList);
}

function reviewItems(path, renderItem, emptyText) {
  const cards = h("div.reviews");
  return paginatedList(path, { element: cards, body: cards, renderItem }, () => h("p.soft", emptyText), PAGE);
}

function summary({ rating, rating_count: number, ratings }) {
  const line = (ratingCount, at) => h("li",
    h("span", plural(at + 1, "star")),
    h("span.bar", { "aria-hidden": "true" }, h("span", { style: { width: `${(ratingCount / number) * 100}%` } })),
    h("b", formatCount(ratingCount)));
  return h("div.panel.rating-summary",
    h("div.rating-mean", h("strong", rating.toFixed(1)), ratingStars(rating, `${rating.toFixed(2)} of 5 stars`), h("small", plural(number, "rating"))),
    h("ul.rating-bars", ratings.map(line).reverse()));
}

function reviewCard(review, acts) {
  return h("article.review",
    h("header", avatar(review.author, 34), h("div", h("strong", review.author.name), h("small", formatDate(review.created_at))), ratingStars(review.rating, plural(review.rating, "star"))),
    review.text && h("p.prose-plain", { dir: "auto" }, review.text),
    review.hidden && h("p.note.wait", h("span", badge("hidden"), ` ${review.moderation_reason}`)),
    acts && h("div", acts));
}

function ownReview(path, own, context) {
  const editor = form({
    fields: [
      ratingField({ name: "rating", label: "Your rating", value: own?.rating }),
      textArea({ name: "text", label: "Your review", value: own?.text ?? "", rows: 3, maxlength: 2000 }),
    ],
    submit: own ? "Update review" : "Publish",
    extra: own && !own.hidden ? actionButton("Delete review", { kind: "quiet" }, () => deleteReview(path, context)) : [],
    onsubmit: async ({ rating, text: said }) => {
      await put(`${path}/my`, { rating, text: said || null });
      toast("Thank you. Your review will appear shortly.");
      context.reload();
    },
  });
  return h("details.panel.own-review", { open: false },
    h("summary", own ? ["Your review", ratingStars(own.rating, plural(own.rating, "star"))] : "Rate this course"),
    own?.hidden && h("p.note.wait", h("span", badge("hidden"), ` Hidden by an administrator: ${own.moderation_reason}`)),
    editor);
}

async function deleteReview(path, context) {
  const deleted = await confirmDialog({ title: "Delete your review?", text: "You can write another one later.", confirm: "Delete review", kind: "danger" }, () => remove(`${path}/my`));
  if (deleted) context.reload();
}
