// Moderation of a review: an administrator can hide and restore it.
import { patch } from "../api/client.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { textField } from "../ui/fields.js";
import { toast } from "../ui/toast.js";

const HIDE = { verb: "Hide", kind: "danger", text: "The review is removed from the page and from the rating. Its author sees your reason.", done: "The review is hidden." };
const RESTORE = { verb: "Restore", kind: "primary", text: "The review is public again and counts towards the rating.", done: "The review is restored." };

/** A button; `done()` is called after the change. */
export function moderateButton(review, course, done) {
  const { verb, kind, text: explanation, done: confirmation } = review.hidden ? RESTORE : HIDE;
  return actionButton(verb, { kind: `${kind === "danger" ? kind : ""} small` }, async () => {
    const confirmed = await confirmDialog({
      title: `${verb} the review by ${review.author.name}?`,
      text: explanation,
      confirm: `${verb} review`,
      kind,
      fields: [textField({ name: "reason", label: "Reason", required: true, maxlength: 120 })],
    }, ({ reason }) => patch(`/api/courses/${course.id}/reviews/${review.id}/moderation`, { hidden: !review.hidden, reason }));
    if (!confirmed) return;
    toast(confirmation);
    await done();
  });
}
