// What the box beside a course offers, for whoever looks at it.
import { create, remove } from "../api/client.js";
import { givesAccess, rememberEnrollment } from "../enrollments.js";
import { me } from "../session.js";
import { action } from "../ui/button.js";
import { ask } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { bar, badge, link } from "../ui/components.js";
import { toast } from "../ui/toast.js";
import { lessonsOf } from "./outline.js";
import { purchase } from "./purchase-panel.js";

/** `next` is the lesson to go on with; `context` the page's, to draw it again and to stop polling when it is left. */
export function offer(course, enrollment, next, context) {
  const user = me();
  if (!user) return guest(course, context);
  if (course.instructor.id === user.id) return h("div.stack", h("p.hint", "This is your course."), link("Edit course", `#/teaching/${course.id}`, "primary block", "edit"));
  if (user.role === "admin") return h("div.stack", h("p.hint", "You see this as an administrator."), link("Moderation", "#/admin/courses", "block", "shield"));
  if (user.role !== "student") return h("p.hint", "Courses are taken with a student's account.");
  if (givesAccess(enrollment)) return learning(course, enrollment, next, context);
  if (course.status !== "published" || course.hidden) return h("p.hint", "This course takes no new learners.");
  if (course.price.amount === 0) return free(course, context);
  const opened = () => {
    toast(`“${course.title}” is yours. Enjoy it!`);
    context.reload();
  };
  return purchase(course, enrollment, { signal: context.signal, opened });
}

function guest(course, context) {
  const next = encodeURIComponent(context.path);
  return h("div.stack",
    link(course.price.amount === 0 ? "Sign up to enroll" : "Sign up to buy", `#/sign-up?next=${next}`, "primary block"),
    link("Sign in", `#/sign-in?next=${next}`, "block"));
}

function free(course, context) {
  return action("Enroll for free", { kind: "primary block" }, async () => {
    await rememberEnrollment(await create("/api/enrollments", { course_id: course.id }));
    toast("You are enrolled.");
    context.reload();
  });
}

function learning(course, enrollment, next, context) {
  const { completed_lessons, total_lessons, percent } = enrollment.progress;
  const target = next ?? lessonsOf(course)[0]?.id;
  const begun = completed_lessons > 0;
  return h("div.stack",
    h("div.row", badge(enrollment.status), h("span.soft", `${completed_lessons} of ${total_lessons} lessons`)),
    bar(percent),
    enrollment.status === "completed" && link("Your certificate", "#/certificates", "block", "award"),
    target && link(enrollment.status === "completed" ? "Look at it again" : begun ? "Continue" : "Start learning", `#/courses/${course.id}/lessons/${target}`, "primary block", "play"),
    enrollment.status === "active" && enrollment.granted_by === "free" && withdrawal(course, context));
}

function withdrawal(course, context) {
  return action("Leave this course", { kind: "quiet block" }, async () => {
    const text = "Your progress is kept, should you come back.";
    const left = await ask({ title: "Leave this course?", text, confirm: "Leave", kind: "danger" }, async () => {
      await rememberEnrollment(await remove(`/api/enrollments/${course.id}`));
    });
    if (left) context.reload();
  });
}
