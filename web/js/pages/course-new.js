import { createIdempotent } from "../api/client.js";
import { detailFields } from "../instructor/course-fields.js";
import { h } from "../ui/dom.js";
import { form } from "../ui/form.js";
import { pageHeading } from "../ui/components.js";

export const title = "New course";

export default function page({ go }) {
  return [
    pageHeading("New course", "The course is a draft that only you can see until you publish it."),
    h("section.panel", form({
      fields: detailFields(),
      submit: "Create draft",
      onsubmit: async (values) => {
        const course = await createIdempotent("/api/courses", values);
        go(`/teaching/${course.id}`);
      },
    })),
  ];
}
