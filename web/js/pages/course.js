import { get } from "../api/client.js";
import { enrollments, hasAccess, cacheEnrollment } from "../enrollments.js";
import { currentUser } from "../session.js";
import { categoryName, languageName, levelName } from "../course/options.js";
import { lessonsOf, courseOutline } from "../course/outline.js";
import { reviews } from "../course/reviews.js";
import { rememberCoupon } from "../course/coupon-link.js";
import { enrollPanel } from "../course/enroll-panel.js";
import { h } from "../ui/dom.js";
import { cover } from "../ui/cover.js";
import { formatDuration, plural } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { avatar, badge, emptyState } from "../ui/components.js";
import { priceTag } from "../ui/price-tag.js";
import { shortRating } from "../ui/stars.js";
import { textSkeleton } from "../ui/skeletons.js";

export const title = "Course";
export const skeleton = textSkeleton;

export default async function page(context) {
  rememberCoupon(context.query);
  const [course, own] = await Promise.all([get(`/api/courses/${context.params.course}`), enrollments()]);
  context.setTitle(course.title);
  const enrollment = own.get(course.id) ?? null;
  const progress = hasAccess(enrollment) ? await get(`/api/enrollments/${course.id}/progress`) : null;
  if (progress) await cacheEnrollment({ ...enrollment, status: progress.status, progress });
  const user = currentUser();
  const access = progress !== null || user?.role === "admin" || user?.id === course.instructor.id;
  const mayBuy = user?.role === "student" && progress === null && course.list_price.amount > 0;
  const [reviewList, profile] = await Promise.all([reviews(course, progress !== null, context), mayBuy ? get("/api/auth/me").catch(() => null) : null]);
  const fresh = progress ? { ...enrollment, status: progress.status, progress } : enrollment;

  return h("article.course",
    h("div.course-main",
      intro(course),
      h("section.stack", h("h2", "About this course"), h("p.prose-plain", course.description)),
      h("section.stack", h("h2", "What you will learn"),
        lessonsOf(course).length ? courseOutline(course, { access, done: new Set(progress?.completed_lesson_ids) }) : emptyState("book", "No lessons yet", "The instructor has not added lessons yet.")),
      reviewList),
    h("aside.panel.buy", { "aria-label": "Enroll" },
      cover(course),
      h("div.buy-in", progress === null && priceTag(course), enrollPanel(course, { enrollment: fresh, next: progress?.next_lesson_id, profile }, context))));
}

function intro(course) {
  const seconds = lessonsOf(course).reduce((sum, lesson) => sum + lesson.duration_seconds, 0);
  return h("header.course-intro",
    h("p.card-kicker", categoryName(course.category)),
    h("h1", course.title),
    h("div.who", avatar(course.instructor, 32), h("span", course.instructor.name)),
    h("div.facts",
      h("span", icon("chart"), levelName(course.level)),
      h("span", icon("book"), plural(course.lesson_count, "lesson")),
      seconds > 0 && h("span", icon("clock"), formatDuration(seconds)),
      h("span", icon("text"), languageName(course.language)),
      shortRating(course),
      course.enrollment_count > 0 && h("span", icon("people"), plural(course.enrollment_count, "learner")),
      course.status !== "published" && badge(course.status),
      course.hidden && badge("hidden")));
}
