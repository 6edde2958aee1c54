import { get } from "../api/client.js";
import { h } from "../ui/dom.js";
import { day } from "../ui/format.js";
import { growing } from "../ui/paginated-list.js";
import { badge, bar, empty, heading, link } from "../ui/components.js";
import { rowBones } from "../ui/skeletons.js";
import { table } from "../ui/table.js";

export const title = "Learners";
export const skeleton = rowBones;

export default async function page({ params }) {
  const course = await get(`/api/courses/${params.course}`);
  const view = table("Learners", [
    { name: "Learner", cell: (one) => one.name },
    { name: "State", cell: (one) => badge(one.status) },
    { name: "Since", cell: (one) => day(one.created_at) },
    { name: "Progress", cell: (one) => h("div.progress-line", bar(one.progress.percent), `${one.progress.completed_lessons} of ${one.progress.total_lessons}`) },
  ]);
  const none = () => empty("people", "No learners yet", "Whoever enrolls is listed here with their progress.", link("To the course", `#/teaching/${course.id}`));
  return [
    heading("Learners", course.title, link("Edit course", `#/teaching/${course.id}`, "", "edit")),
    await growing(`/api/courses/${course.id}/enrollments`, { ...view, element: h("div.panel", view.element) }, none),
  ];
}
