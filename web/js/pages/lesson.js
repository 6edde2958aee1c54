import { get } from "../api/client.js";
import { enrollments, givesAccess } from "../enrollments.js";
import { study } from "../course/lesson-progress.js";
import { video } from "../course/video.js";
import { lessonsOf, outline } from "../course/outline.js";
import { h } from "../ui/dom.js";
import { empty, link, ring } from "../ui/components.js";
import { textBones } from "../ui/skeletons.js";

export const title = "Lesson";
export const skeleton = textBones;

export default async function page(context) {
  const { course: courseId, lesson: lessonId } = context.params;
  const [course, own] = await Promise.all([get(`/api/courses/${courseId}`), enrollments()]);
  const enrolled = givesAccess(own.get(courseId));
  const [lesson, progress] = await Promise.all([
    get(`/api/courses/${courseId}/lessons/${lessonId}`).catch((problem) => { if (problem.code === "not_enrolled" || problem.status === 401) return null; throw problem; }),
    enrolled ? get(`/api/enrollments/${courseId}/progress`) : null,
  ]);
  if (!lesson) return locked(course);
  context.name(lesson.title);
  const state = progress && study(course, lesson, progress);

  const side = h("aside.learn-side", { "aria-label": "Outline" });
  const draw = () => side.replaceChildren(
    h("div.learn-head", state && ring(state.percent(), 72), h("h2", h("a", { href: `#/courses/${course.id}` }, course.title))),
    outline(course, { access: lesson.preview ? enrolled : true, done: state?.done, current: lesson.id }));
  draw();
  state?.onchange(draw);

  return h("div.learn", side, h("article.lesson",
    h("header.stack", h("p.card-kicker", sectionOf(course, lesson).title), h("h1", lesson.title)),
    lesson.kind === "video" ? video(lesson, state, () => get(`/api/courses/${courseId}/lessons/${lessonId}`)) : null,
    lesson.content_html ? prose(lesson.content_html) : null,
    state ? state.controls() : neighbours(course, lesson)));
}

function prose(html) {
  const body = h("div.prose");
  // The one place where markup is taken as such: the server sanitised it, on write and on read.
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
  return h("div.lesson-end", link("To the course", `#/courses/${course.id}`, "", "back"),
    next?.preview && link("Next lesson", `#/courses/${course.id}/lessons/${next.id}`, "primary", "next"));
}

function locked(course) {
  return empty("lock", "This lesson is for learners of the course", `Enroll in “${course.title}” to read it.`, link("To the course", `#/courses/${course.id}`, "primary"), "h1");
}
