// The visibility of a course: publish, unpublish, delete.
import { post, remove } from "../api/client.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { badge, linkButton } from "../ui/components.js";
import { toast } from "../ui/toast.js";

export function publishing(draft) {
  const { course } = draft;
  const published = course.status === "published";
  const change = (verb, confirmation) => async () => {
    await post(`/api/courses/${course.id}/${verb}`);
    toast(confirmation);
    await draft.refresh();
  };
  return h("section.panel.stack", h("h2", "Visibility"),
    h("p.row", badge(course.status), course.hidden && badge("hidden", "Hidden by an administrator")),
    course.hidden && h("p.note.bad", icon("alert"), h("span", course.moderation_reason ?? "Ask the administrator what to change.")),
    h("p.hint", published ? "The course is public. Unpublishing closes it to new learners; enrolled learners keep access." : course.lesson_count ? "Only you can see this draft." : "Add at least one lesson to publish the course."),
    published
      ? actionButton("Unpublish", {}, change("unpublish", "The course is a draft again."))
      : actionButton("Publish", { kind: "primary", disabled: course.lesson_count === 0 }, change("publish", "The course is published.")),
    linkButton("View course page", `#/courses/${course.id}`, "", "eye"),
    actionButton("Delete course", { kind: "danger", mark: "trash" }, () => deleteCourse(draft)));
}

async function deleteCourse({ course, go }) {
  const options = { title: `Delete “${course.title}”?`, text: "A course can only be deleted if nobody has ever enrolled. This cannot be undone.", confirm: "Delete course", kind: "danger" };
  if (await confirmDialog(options, () => remove(`/api/courses/${course.id}`))) {
    toast("The course is deleted.");
    go("/teaching");
  }
}
