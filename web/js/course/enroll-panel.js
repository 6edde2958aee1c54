// The enrollment panel of the course page, by role and enrollment of the user.
import { createIdempotent, remove } from "../api/client.js";
import { hasAccess, cacheEnrollment } from "../enrollments.js";
import { currentUser } from "../session.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { progressBar, badge, linkButton } from "../ui/components.js";
import { toast } from "../ui/toast.js";
import { couponOfLink } from "./coupon-link.js";
import { lessonsOf } from "./outline.js";
import { purchasePanel } from "./purchase-panel.js";

/** `next` is the id of the next lesson, `profile` that of a student who may buy; `context` is the page's, to redraw it and to stop polling when the user leaves. */
export function enrollPanel(course, { enrollment, next, profile }, context) {
  const user = currentUser();
  if (!user) return guestPanel(course, context);
  if (course.instructor.id === user.id) return h("div.stack", h("p.hint", "This is your course."), linkButton("Edit course", `#/teaching/${course.id}`, "primary block", "edit"));
  if (user.role === "admin") return h("div.stack", h("p.hint", "You are viewing this course as an administrator."), linkButton("Moderation", "#/admin/courses", "block", "shield"));
  if (user.role !== "student") return h("p.hint", "Only student accounts can enroll.");
  if (hasAccess(enrollment)) return learnerPanel(course, enrollment, next, context);
  if (course.status !== "published" || course.hidden) return h("p.hint", "This course is closed to new learners.");
  if (course.list_price.amount === 0) return freeButton(course, context);
  const opened = () => {
    toast(`You are enrolled in “${course.title}”.`);
    context.reload();
  };
  return purchasePanel(course, enrollment, profile, { signal: context.signal, opened });
}

function guestPanel(course, context) {
  const next = encodeURIComponent(context.path);
  return h("div.stack",
    linkButton(course.price.amount === 0 ? "Sign up to enroll" : "Sign up to buy", `#/sign-up?next=${next}`, "primary block"),
    linkButton("Sign in", `#/sign-in?next=${next}`, "block"),
    course.price.amount > 0 && couponOfLink() && h("p.hint", `The coupon ${couponOfLink()} is applied after you sign in.`));
}

function freeButton(course, context) {
  return actionButton("Enroll for free", { kind: "primary block" }, async () => {
    await cacheEnrollment(await createIdempotent("/api/enrollments", { course_id: course.id }));
    toast("You are enrolled.");
    context.reload();
  });
}

function learnerPanel(course, enrollment, next, context) {
  const { completed_lessons, total_lessons, percent } = enrollment.progress;
  const target = next ?? lessonsOf(course)[0]?.id;
  const started = completed_lessons > 0;
  return h("div.stack",
    h("div.row", badge(enrollment.status), h("span.soft", `${completed_lessons} of ${total_lessons} lessons`)),
    progressBar(percent),
    enrollment.status === "completed" && linkButton("Your certificate", "#/certificates", "block", "award"),
    target && linkButton(enrollment.status === "completed" ? "View course" : started ? "Continue" : "Start learning", `#/courses/${course.id}/lessons/${target}`, "primary block", "play"),
    enrollment.status === "active" && enrollment.granted_by === "free" && leaveButton(course, context));
}

function leaveButton(course, context) {
  return actionButton("Leave this course", { kind: "quiet block" }, async () => {
    const text = "Your progress is saved in case you enroll again.";
    const done = await confirmDialog({ title: "Leave this course?", text, confirm: "Leave", kind: "danger" }, async () => {
      await cacheEnrollment(await remove(`/api/enrollments/${course.id}`));
    });
    if (done) context.reload();
  });
}
