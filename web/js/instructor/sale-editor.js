// The sale price of a course: a lower price for a time, in the seller's time zone.
import { put } from "../api/client.js";
import { fieldProblem } from "../api/problem.js";
import { actionButton } from "../ui/button.js";
import { confirmDialog } from "../ui/dialog.js";
import { h } from "../ui/dom.js";
import { amountField } from "../ui/amount-field.js";
import { form } from "../ui/form.js";
import { formatDateTime, formatPrice, formatUntil, sellerTimeZone } from "../ui/format.js";
import { badge } from "../ui/components.js";
import { isOnSale } from "../ui/price-tag.js";
import { timeField } from "../ui/time-field.js";
import { toast } from "../ui/toast.js";

/** The section of the editor; `draw()` shows the sale of `draft.course`. */
export function saleEditor(draft) {
  const element = h("section.panel");
  const draw = () => {
    const { course } = draft;
    element.replaceChildren(h("h2", "Sale price"), ...(course.list_price.amount ? [course.sale && currentSale(draft, draw), saleForm(draft, draw)] : [h("p.hint", "A free course has no sale price.")]).filter(Boolean));
  };
  draw();
  return { element, draw };
}

function currentSale(draft, draw) {
  const { sale, list_price: list, price } = draft.course;
  const running = isOnSale(draft.course);
  return h("div.sale-now",
    h("div.stack", h("p.row", badge(running ? "active" : "scheduled", running ? "On sale now" : "Scheduled"), h("strong", formatPrice({ ...price, amount: sale.amount })), h("span.soft", `instead of ${formatPrice(list)}`)),
      h("p.soft", `${formatDateTime(sale.from)} until ${formatUntil(sale.until)}`)),
    actionButton(running ? "End sale" : "Remove sale", { kind: "danger small" }, () => removeSale(draft, draw, running)));
}

async function removeSale(draft, draw, running) {
  const options = { title: running ? "End the sale?" : "Remove the sale?", text: "The course costs its regular price. Learners who have paid are not affected.", confirm: running ? "End sale" : "Remove sale", kind: "danger" };
  const done = await confirmDialog(options, () => save(draft, null));
  if (!done) return;
  toast(running ? "The sale has ended." : "The sale is removed.");
  draw();
}

function saleForm(draft, draw) {
  const { sale, list_price: list } = draft.course;
  const zone = `Time zone: ${sellerTimeZone().replaceAll("_", " ")}.`;
  return form({
    fields: [
      amountField({ name: "sale.amount", label: `Sale price in ${list.currency}`, currency: list.currency, value: sale?.amount, price: true, required: true, hint: `Below the regular price of ${formatPrice(list)}. 0 makes the course free.` }),
      timeField({ name: "sale.from", label: "From", value: sale?.from, required: true, hint: zone }),
      timeField({ name: "sale.until", label: "Until", value: sale?.until, required: true }),
    ],
    submit: sale ? "Change sale" : "Schedule sale",
    kind: "",
    fieldByCode: { sale_not_below_price: "sale.amount", sale_ended: "sale.until" },
    onsubmit: async (values) => {
      const next = { amount: values["sale.amount"], from: values["sale.from"], until: values["sale.until"] };
      requireValid(next, list);
      await save(draft, next);
      toast("The sale is saved.");
      draw();
    },
  });
}

/** The server checks the same; here the error is at the field. */
function requireValid(sale, list) {
  if (sale.amount >= list.amount) throw fieldProblem("sale.amount", `The sale price must be below ${formatPrice(list)}.`);
  if (sale.until <= sale.from) throw fieldProblem("sale.until", "The end must be after the beginning.");
}

async function save(draft, sale) {
  await put(`/api/courses/${draft.course.id}`, { sale }, { headers: { "If-Match": draft.etag } });
  await draft.refresh();
}
