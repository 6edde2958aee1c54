"""Numbered receipts and notes: their sums by month and currency, from the moment a month lists them."""

from collections import Counter

from functions.dashboards.projections.projection import Projection
from shared.db.entities import CreditNote, Receipt
from shared.db.read_models import counter_items
from shared.db.table import keys

_PARTS = ("taxable", "cgst", "sgst", "igst")


def project_receipt(_subject: str, old: Receipt | None, new: Receipt | None) -> Projection:
    projection = Projection()
    for receipt, sign in ((old, -1), (new, 1)):
        if receipt:
            of_month = _add(projection, receipt, "receipt", sign)
            listed, discount = receipt.list_amount, receipt.discount or 0
            of_month["list_amount"] += sign * (receipt.amount if listed is None else listed)
            of_month["discount"] += sign * discount
    return projection


def project_note(_subject: str, old: CreditNote | None, new: CreditNote | None) -> Projection:
    projection = Projection()
    for note, sign in ((old, -1), (new, 1)):
        if note:
            _add(projection, note, note.note_type, sign)
    return projection


def _add(projection: Projection, document: Receipt | CreditNote, name: str, sign: int) -> Counter[str]:
    """Adds the document to the month that lists it, and returns the amounts of that month. A document that no month
    lists, because it has no number yet, is not counted: what is added to its amounts is lost."""
    if document.listing is None:
        return Counter()
    month = keys.month_of_tax_documents(document.listing.pk)
    amounts = projection.counts[counter_items.document_month_counters(month, document.currency)]
    amounts[f"{name}_count"] += sign
    amounts[f"{name}_amount"] += sign * document.amount
    for part in _PARTS:
        amounts[f"{name}_{part}"] += sign * (getattr(document, part) or 0)
    return amounts
