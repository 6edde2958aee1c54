import { get } from "../api/client.js";
import { enrollments, hasAccess } from "../enrollments.js";
import { lessonProgress } from "../course/lesson-progress.js";
import { videoPlayer } from "../course/video.js";
import { lessonsOf, courseOutline } from "../course/outline.js";
import { h } from "../ui/dom.js";
import { emptyState, linkButton, progressRing } from "../ui/components.js";
import { textSkeleton } from "../ui/skeletons.js";

export const title = "Lesson";
export const skeleton = textSkeleton;

export default async function page(context) {
  const { course: courseId, lesson: lessonId } = context.params;
  const [course, own] = await Promise.all([get(`/api/courses/${courseId}`), enrollments()]);
  const enrolled = hasAccess(own.get(courseId));
  const [lesson, progress] = await Promise.all([
    get(`/api/courses/${courseId}/lessons/${lessonId}`).catch((problem) => { if (problem.code === "not_enrolled" || problem.status === 401) return null; throw problem; }),
    enrolled ? get(`/api/enrollments/${courseId}/progress`) : null,
  ]);
  if (!lesson) return locked(course);
  context.setTitle(lesson.title);
  const progressState = progress && lessonProgress(course, lesson, progress);

  const side = h("aside.learn-side", { "aria-label": "Outline" });
  const draw = () => side.replaceChildren(
    h("div.learn-head", progressState && progressRing(progressState.percent(), 72), h("h2", h("a", { href: `#/courses/${course.id}` }, course.title))),
    courseOutline(course, { access: lesson.preview ? enrolled : true, done: progressState?.completedIds, current: lesson.id }));
  draw();
  progressState?.onchange(draw);

  return h("div.learn", side, h("article.lesson",
    h("header.stack", h("p.card-kicker", sectionOf(course, lesson).title), h("h1", lesson.title)),
    lesson.kind === "video" ? videoPlayer(lesson, progressState, () => get(`/api/courses/${courseId}/lessons/${lessonId}`)) : null,
    lesson.content_html ? prose(lesson.content_html) : null,
    progressState ? progressState.controls() : neighbours(course, lesson)));
}

function prose(html) {
  const body = h("div.prose");
  // The only place that inserts HTML: the server sanitised it on write and on read.
  body.innerHTML = html;
  for (const anchor of body.querySelectorAll("a[href]")) Object.assign(anchor, { target: "_blank", rel: "noopener noreferrer" });
  return body;
}

function sectionOf(course, lesson) {
  return course.sections.find((section) => section.lessons.some((one) => one.id === lesson.id)) ?? { title: course.title };
}

function neighbours(course, lesson) {
  const all = lessonsOf(course);
  const next = all[all.findIndex((one) => one.id === lesson.id) + 1];
  return h("div.lesson-end", linkButton("Back to the course", `#/courses/${course.id}`, "", "back"),
    next?.preview && linkButton("Next lesson", `#/courses/${course.id}/lessons/${next.id}`, "primary", "next"));
}

function locked(course) {
  return emptyState("lock", "This lesson is for enrolled learners", `Enroll in “${course.title}” to open it.`, linkButton("Back to the course", `#/courses/${course.id}`, "primary"), "h1");
}
