// Whether people can find the course, and what stands in the way.
import { post, remove } from "../api/client.js";
import { action } from "../ui/button.js";
import { ask } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { icon } from "../ui/icons.js";
import { badge, link } from "../ui/components.js";
import { toast } from "../ui/toast.js";

export function publishing(draft) {
  const { course } = draft;
  const published = course.status === "published";
  const change = (verb, told) => async () => {
    await post(`/api/courses/${course.id}/${verb}`);
    toast(told);
    await draft.refresh();
  };
  return h("section.panel.stack", h("h2", "Visibility"),
    h("p.row", badge(course.status), course.hidden && badge("hidden", "Hidden by an administrator")),
    course.hidden && h("p.note.bad", icon("alert"), h("span", course.moderation_reason ?? "Ask the administrator what to change.")),
    h("p.hint", published ? "Everybody can find it. Taking it back closes it to new learners; the others keep it." : course.lesson_count ? "Only you see it." : "Add at least one lesson, then publish it."),
    published
      ? action("Unpublish", {}, change("unpublish", "The course is a draft again."))
      : action("Publish", { kind: "primary", disabled: course.lesson_count === 0 }, change("publish", "Published. Everybody can find it now.")),
    link("Look at it", `#/courses/${course.id}`, "", "eye"),
    action("Delete course", { kind: "danger", mark: "trash" }, () => deletion(draft)));
}

async function deletion({ course, go }) {
  const facts = { title: `Delete “${course.title}”?`, text: "This is possible as long as nobody ever enrolled. It cannot be undone.", confirm: "Delete course", kind: "danger" };
  if (await ask(facts, () => remove(`/api/courses/${course.id}`))) {
    toast("The course is deleted.");
    go("/teaching");
  }
}
