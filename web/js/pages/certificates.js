import { h } from "../ui/dom.js";
import { formatDate } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { paginatedList } from "../ui/paginated-list.js";
import { badge, emptyState, pageHeading, linkButton } from "../ui/components.js";
import { rowSkeleton } from "../ui/skeletons.js";

export const title = "Certificates";
export const skeleton = rowSkeleton;

export default async function page() {
  const cards = h("div.status-cards");
  const none = () => emptyState("award", "No certificates yet", "Complete all lessons of a course to get its certificate.", linkButton("My learning", "#/learning", "primary"));
  return [
    pageHeading("Certificates", "One for each course you completed. Anyone with the link can verify it."),
    await paginatedList("/api/certificates/my", { element: cards, body: cards, renderItem: certificate }, none),
  ];
}

function certificate(one) {
  const valid = one.status === "valid";
  const path = `/api/certificates/${one.id}`;
  return h("article.panel.certificate", { class: valid ? "" : "revoked" },
    h("span.seal", icon("award")),
    h("div", h("h2", h("a", { href: `#/courses/${one.course.id}` }, one.course.title)),
      h("p", one.learner_name),
      h("p.soft", badge(one.status, valid ? "Valid" : "No longer valid"), ` ${formatDate(one.completed_at)}`)),
    h("p.address", h("code", one.id)),
    h("div.actions",
      newTabLink("Verification page", `${path}/html`, valid ? "primary" : ""),
      valid && newTabLink("PDF", `${path}/pdf`)));
}

const newTabLink = (text, href, kind = "") => h("a.button", { href, class: kind, target: "_blank", rel: "noopener" }, h("span", text), h("span.sr-only", " (opens a new tab)"));
