import { put } from "../api/client.js";
import { h } from "../ui/dom.js";
import { cover } from "../ui/cover.js";
import { file } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { toast } from "../ui/toast.js";

/** The picture of a course on its card, to look at and to replace. */
export function thumbnail(draft) {
  return h("section.panel.thumb", h("h2", "Picture"), cover(draft.course), form({
    fields: [file({ name: "file", label: "New picture", accept: "image/jpeg,image/png,image/webp", required: true, hint: "JPEG, PNG or WebP, up to 5 MB, 16:9 looks best." })],
    submit: "Upload picture",
    kind: "",
    onsubmit: async (values) => {
      const body = new FormData();
      body.append("file", values.file);
      await put(`/api/courses/${draft.course.id}/thumbnail`, body);
      toast("The picture is changed.");
      await draft.refresh();
    },
  }));
}
