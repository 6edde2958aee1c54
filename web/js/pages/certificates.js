import { h } from "../ui/dom.js";
import { day } from "../ui/format.js";
import { icon } from "../ui/icons.js";
import { growing } from "../ui/paginated-list.js";
import { badge, empty, heading, link } from "../ui/components.js";
import { rowBones } from "../ui/skeletons.js";

export const title = "Certificates";
export const skeleton = rowBones;

export default async function page() {
  const cards = h("div.mine");
  const none = () => empty("award", "No certificates yet", "Finish every lesson of a course, and its certificate is here.", link("My learning", "#/learning", "primary"));
  return [
    heading("Certificates", "One for every course you completed. Whoever has the link can verify it."),
    await growing("/api/certificates/my", { element: cards, body: cards, line: certificate }, none),
  ];
}

function certificate(one) {
  const valid = one.status === "valid";
  const path = `/api/certificates/${one.id}`;
  return h("article.panel.certificate", { class: valid ? "" : "gone" },
    h("span.seal", icon("award")),
    h("div", h("h2", h("a", { href: `#/courses/${one.course.id}` }, one.course.title)),
      h("p", one.learner_name),
      h("p.soft", badge(one.status, valid ? "Valid" : "No longer valid"), ` ${day(one.completed_at)}`)),
    h("p.address", h("code", one.id)),
    h("div.actions",
      outside("Verification page", `${path}/html`, valid ? "primary" : ""),
      valid && outside("PDF", `${path}/pdf`)));
}

const outside = (text, href, kind = "") => h("a.button", { href, class: kind, target: "_blank", rel: "noopener" }, h("span", text), h("span.sr-only", " (opens a new tab)"));
