import { patch, withQuery } from "../api/client.js";
import { currentUser } from "../session.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { textField } from "../ui/fields.js";
import { formatDate } from "../ui/format.js";
import { paginatedList } from "../ui/paginated-list.js";
import { avatar, badge, emptyState, pageHeading } from "../ui/components.js";
import { asyncRegion } from "../ui/async-region.js";
import { rowSkeleton } from "../ui/skeletons.js";
import { table } from "../ui/table.js";
import { toast } from "../ui/toast.js";

export const title = "Users";

const ROLES = [["student", "Students"], ["instructor", "Instructors"], ["admin", "Admins"]];

export default function page({ query }) {
  const role = query.get("role") ?? "student";
  const path = withQuery("/api/users", { role });
  const view = table("Users", [
    { name: "User", cell: (one) => h("div.cell", avatar(one), h("div", one.name, h("small", one.email))) },
    { name: "Status", cell: (one) => badge(one.status) },
    { name: "Joined", cell: (one) => formatDate(one.created_at) },
    { name: "", actions: true, cell: (one, redraw) => one.id !== currentUser().id && (one.status === "suspended" ? reinstate(one, redraw) : suspend(one, redraw)) },
  ]);
  return [
    pageHeading("Users", "Suspended users are signed out everywhere within a minute."),
    h("nav.tabs", { "aria-label": "Roles" }, ROLES.map(([code, name]) => h("a", { href: `#/admin/users?role=${code}`, "aria-current": code === role ? "page" : null }, name))),
    asyncRegion(rowSkeleton(), () => paginatedList(path, { ...view, element: h("div.panel", view.element) }, () => emptyState("people", "No users", "No user has this role yet."))),
  ];
}

function suspend(user, redraw) {
  return actionButton("Suspend", { kind: "danger small" }, () => confirmDialog({
    title: `Suspend ${user.name}?`,
    text: "The user is signed out everywhere and cannot sign in until you reinstate them. Their courses and enrollments are kept.",
    confirm: "Suspend",
    kind: "danger",
    fields: [textField({ name: "reason", label: "Reason", required: true, maxlength: 120 })],
  }, async ({ reason }) => {
    redraw(await patch(`/api/users/${user.id}`, { status: "suspended", reason }));
    toast(`${user.name} is suspended.`);
  }));
}

function reinstate(user, redraw) {
  return actionButton("Reinstate", { kind: "small" }, () => confirmDialog({
    title: `Reinstate ${user.name}?`,
    confirm: "Reinstate",
    fields: [textField({ name: "reason", label: "Reason", required: true, maxlength: 120 })],
  }, async ({ reason }) => {
    redraw(await patch(`/api/users/${user.id}`, { status: "active", reason }));
    toast(`${user.name} can sign in again.`);
  }));
}
