// What an administrator can do with a review: hide it, and bring it back.
import { patch } from "../api/client.js";
import { action } from "../ui/button.js";
import { ask } from "../ui/dialog.js";
import { text } from "../ui/fields.js";
import { toast } from "../ui/toast.js";

const HIDE = { verb: "Hide", kind: "danger", text: "It is not shown any more and does not count. Its author sees your reason.", told: "The review is hidden." };
const RESTORE = { verb: "Restore", kind: "primary", text: "Everybody can read it again, and it counts.", told: "The review is back." };

/** A button; `done()` is called when the review was moved. */
export function moderation(review, course, done) {
  const { verb, kind, text: explained, told } = review.hidden ? RESTORE : HIDE;
  return action(verb, { kind: `${kind === "danger" ? kind : ""} small` }, async () => {
    const moved = await ask({
      title: `${verb} what ${review.author.name} says?`,
      text: explained,
      confirm: `${verb} review`,
      kind,
      fields: [text({ name: "reason", label: "Reason", required: true, maxlength: 120 })],
    }, ({ reason }) => patch(`/api/courses/${course.id}/reviews/${review.id}/moderation`, { hidden: !review.hidden, reason }));
    if (!moved) return;
    toast(told);
    await done();
  });
}
