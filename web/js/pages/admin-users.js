import { patch, withQuery } from "../api/client.js";
import { me } from "../session.js";
import { action } from "../ui/button.js";
import { ask } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { text } from "../ui/fields.js";
import { day } from "../ui/format.js";
import { growing } from "../ui/paginated-list.js";
import { avatar, badge, empty, heading } from "../ui/components.js";
import { place } from "../ui/async-region.js";
import { rowBones } from "../ui/skeletons.js";
import { table } from "../ui/table.js";
import { toast } from "../ui/toast.js";

export const title = "Users";

const ROLES = [["student", "Students"], ["instructor", "Instructors"], ["admin", "Admins"]];

export default function page({ query }) {
  const role = query.get("role") ?? "student";
  const path = withQuery("/api/users", { role });
  const view = table("Users", [
    { name: "User", cell: (one) => h("div.cell", avatar(one), h("div", one.name, h("small", one.email))) },
    { name: "State", cell: (one) => badge(one.status) },
    { name: "Since", cell: (one) => day(one.created_at) },
    { name: "", acts: true, cell: (one, redraw) => one.id !== me().id && (one.status === "suspended" ? reinstate(one, redraw) : suspend(one, redraw)) },
  ]);
  return [
    heading("Users", "Suspended users are signed out everywhere within a minute."),
    h("nav.tabs", { "aria-label": "Roles" }, ROLES.map(([code, name]) => h("a", { href: `#/admin/users?role=${code}`, "aria-current": code === role ? "page" : null }, name))),
    place(rowBones(), () => growing(path, { ...view, element: h("div.panel", view.element) }, () => empty("people", "Nobody here", "Nobody has this role yet."))),
  ];
}

function suspend(user, redraw) {
  return action("Suspend", { kind: "danger small" }, () => ask({
    title: `Suspend ${user.name}?`,
    text: "They are signed out everywhere and cannot sign in until you reinstate them. What they own stays.",
    confirm: "Suspend",
    kind: "danger",
    fields: [text({ name: "reason", label: "Reason", required: true, maxlength: 120 })],
  }, async ({ reason }) => {
    redraw(await patch(`/api/users/${user.id}`, { status: "suspended", reason }));
    toast(`${user.name} is suspended.`);
  }));
}

function reinstate(user, redraw) {
  return action("Reinstate", { kind: "small" }, () => ask({
    title: `Reinstate ${user.name}?`,
    confirm: "Reinstate",
    fields: [text({ name: "reason", label: "Reason", required: true, maxlength: 120 })],
  }, async ({ reason }) => {
    redraw(await patch(`/api/users/${user.id}`, { status: "active", reason }));
    toast(`${user.name} may sign in again.`);
  }));
}
