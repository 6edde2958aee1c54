import { h } from "../ui/dom.js";
import { cover } from "../ui/cover.js";
import { plural } from "../ui/format.js";
import { priceTag } from "../ui/price-tag.js";
import { badge } from "../ui/components.js";
import { shortRating } from "../ui/stars.js";
import { categoryName, levelName } from "./options.js";

/** A course in the catalogue; `enrollment` is the student's own or null. */
export function courseCard(course, enrollment = null) {
  const enrolled = enrollment !== null && enrollment.status !== "cancelled";
  return h("article.card",
    cover(course),
    h("div.card-body",
      h("p.card-kicker", `${categoryName(course.category)} · ${levelName(course.level)}`),
      h("h2", h("a", { href: `#/courses/${course.id}` }, course.title)),
      h("p.card-who", h("span", course.instructor.name), shortRating(course)),
      h("div.card-foot",
        enrolled ? badge(enrollment.status) : priceTag(course),
        h("span", plural(course.lesson_count, "lesson"), !enrolled && course.enrollment_count > 0 && ` · ${plural(course.enrollment_count, "learner")}`))));
}
