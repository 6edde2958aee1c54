import { get } from "../api/client.js";
import { h } from "../ui/dom.js";
import { formatDate } from "../ui/format.js";
import { paginatedList } from "../ui/paginated-list.js";
import { badge, progressBar, emptyState, pageHeading, linkButton } from "../ui/components.js";
import { rowSkeleton } from "../ui/skeletons.js";
import { table } from "../ui/table.js";

export const title = "Learners";
export const skeleton = rowSkeleton;

export default async function page({ params }) {
  const course = await get(`/api/courses/${params.course}`);
  const view = table("Learners", [
    { name: "Learner", cell: (one) => one.name },
    { name: "Status", cell: (one) => badge(one.status) },
    { name: "Enrolled", cell: (one) => formatDate(one.created_at) },
    { name: "Progress", cell: (one) => h("div.progress-line", progressBar(one.progress.percent), `${one.progress.completed_lessons} of ${one.progress.total_lessons}`) },
  ]);
  const none = () => emptyState("people", "No learners yet", "Learners and their progress appear here once they enroll.", linkButton("Back to the course", `#/teaching/${course.id}`));
  return [
    pageHeading("Learners", course.title, linkButton("Edit course", `#/teaching/${course.id}`, "", "edit")),
    await paginatedList(`/api/courses/${course.id}/enrollments`, { ...view, element: h("div.panel", view.element) }, none),
  ];
}
