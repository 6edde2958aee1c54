import { put } from "../api/client.js";
import { h } from "../ui/dom.js";
import { cover } from "../ui/cover.js";
import { fileField } from "../ui/fields.js";
import { form } from "../ui/form.js";
import { toast } from "../ui/toast.js";

/** Shows the thumbnail of a course and uploads a new one. */
export function thumbnail(draft) {
  return h("section.panel.thumb", h("h2", "Thumbnail"), cover(draft.course), form({
    fields: [fileField({ name: "file", label: "New image", accept: "image/jpeg,image/png,image/webp", required: true, hint: "JPEG, PNG or WebP, up to 5 MB, preferably 16:9." })],
    submit: "Upload thumbnail",
    kind: "",
    onsubmit: async (values) => {
      const body = new FormData();
      body.append("file", values.file);
      await put(`/api/courses/${draft.course.id}/thumbnail`, body);
      toast("The thumbnail is updated.");
      await draft.refresh();
    },
  }));
}
