import { linkButton } from "../ui/components.js";

/** Refunded in full and never a sale: there is no receipt. */
const WITHOUT_RECEIPT = ["no_longer_wanted", "duplicate"];

/** The link to the receipt of a payment; false if it has none. */
export const receiptLink = ({ captured_amount: captured, reason }, href, kind = "") =>
  captured > 0 && !WITHOUT_RECEIPT.includes(reason) && linkButton("Receipt", href, kind, "receipt");
