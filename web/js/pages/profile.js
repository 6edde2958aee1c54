import { get, patch, post, put, remove } from "../api/client.js";
import { updateUser } from "../session.js";
import { h } from "../ui/dom.js";
import { actionButton } from "../ui/button.js";
import { textArea, fileField, textField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { firmFields, stateField } from "../invoice/buyer-fields.js";
import { avatar, pageHeading } from "../ui/components.js";
import { textSkeleton } from "../ui/skeletons.js";
import { toast } from "../ui/toast.js";

export const title = "Profile";
export const skeleton = textSkeleton;

export default async function page(context) {
  const user = await get("/api/auth/me");
  return [pageHeading("Profile", `${user.email} · ${user.role}`), picture(user, context), about(user), user.role === "student" && invoices(user), password()];
}

function picture(user, context) {
  const changed = async (now) => {
    updateUser(now ?? (await get("/api/auth/me")));
    context.reload();
  };
  return h("section.panel", h("h2", "Picture"), h("div.stack",
    h("div.row", avatar(user, 88),
      user.avatar_url && actionButton("Remove", { kind: "danger small" }, async () => changed(await remove("/api/auth/me/avatar")))),
    form({
      fields: [fileField({ name: "file", label: "New image", accept: "image/jpeg,image/png,image/webp", required: true, hint: "JPEG, PNG or WebP, up to 5 MB." })],
      submit: "Upload picture",
      kind: "",
      onsubmit: async (values) => {
        const body = new FormData();
        body.append("file", values.file);
        const now = await put("/api/auth/me/avatar", body);
        toast("Your picture is updated.");
        await changed(now);
      },
    })));
}

function about(user) {
  return h("section.panel", h("h2", "About you"), form({
    fields: [
      textField({ name: "name", label: "Name", value: user.name, required: true, maxlength: 120, autocomplete: "name" }),
      textField({ name: "headline", label: "Headline", value: user.headline, maxlength: 160, hint: "One line under your name." }),
      textArea({ name: "bio", label: "About", value: user.bio, maxlength: 2000 }),
    ],
    submit: "Save",
    onsubmit: async (values) => {
      updateUser(await patch("/api/auth/me", values));
      toast("Saved.");
    },
  }));
}

function invoices(user) {
  return h("section.panel", h("h2", "Invoices"), form({
    fields: [
      stateField({ label: "Your State", value: user.state, required: Boolean(user.state), hint: "The invoice of a purchase names it." }),
      ...firmFields(user, { name: "firm_name", address: "firm_address" }),
    ],
    submit: "Save invoice details",
    onsubmit: async ({ for_firm: forFirm, ...values }) => {
      updateUser(await patch("/api/auth/me", forFirm ? values : { ...values, gstin: "", firm_name: "", firm_address: "" }));
      toast("Saved.");
    },
  }));
}

function password() {
  const section = h("section.panel", h("h2", "Password"));
  const draw = () => section.replaceChildren(section.firstChild, form({
    fields: [
      textField({ name: "current_password", label: "Current password", type: "password", required: true, autocomplete: "current-password", read: (value) => value }),
      textField({ name: "new_password", label: "New password", type: "password", required: true, minlength: 8, maxlength: 128, autocomplete: "new-password",
        hint: "All other sessions are signed out.", read: (value) => value }),
    ],
    submit: "Change password",
    kind: "",
    onsubmit: async (values) => {
      await post("/api/auth/me/password", values);
      toast("The password is changed.");
      draw();
    },
  }));
  draw();
  return section;
}
