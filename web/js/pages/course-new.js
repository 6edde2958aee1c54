import { create } from "../api/client.js";
import { detailFields } from "../instructor/course-fields.js";
import { h } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { heading } from "../ui/components.js";

export const title = "New course";

export default function page({ go }) {
  return [
    heading("New course", "It stays a draft, seen by you alone, until you publish it."),
    h("section.panel", form({
      fields: detailFields(),
      submit: "Create draft",
      onsubmit: async (values) => {
        const course = await create("/api/courses", values);
        go(`/teaching/${course.id}`);
      },
    })),
  ];
}
