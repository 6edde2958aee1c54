"""Numbers credit and debit notes, each after its receipt."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from functions.payments.receipts import receipt_service
from shared import clock, seller_day
from shared.db.entities import CreditNote, Receipt
from shared.db.payments.documents import credit_notes, number_series, tax_documents
from shared.db.payments.documents.number_series import Series
from shared.db.table import keys, store
from shared.domain.gst import Tax


def number_notes(
    unnumbered: Sequence[CreditNote], without_receipt: Callable[[CreditNote], object] = lambda _: None
) -> int:
    """Assigns a number to each note that has none, in the order of their dates: one transaction per 50 notes of a
    series. A receipt without a number gets its own before. A note whose receipt does not exist gets none:
    `without_receipt` takes it. Returns how many notes have a number now.

    A note is numbered in the financial year of its own date (CGST Rules 2017, rule 53(1A)). Raises StoreUnavailable:
    some of the notes have numbers then."""
    waiting = sorted(unnumbered, key=lambda note: (note.note_type, note.issued_at))
    receipts = _numbered_receipts(waiting)
    for note in waiting:
        if note.order_id not in receipts:
            without_receipt(note)
    count = 0
    for (series, year), of_series in groupby(waiting, _series_and_year):
        snapshots = [
            (note, _snapshot(note, receipts[note.order_id])) for note in of_series if note.order_id in receipts
        ]
        count += number_series.assign_all(series, snapshots, year)
    return count


def _series_and_year(note: CreditNote) -> tuple[Series[CreditNote], str]:
    return credit_notes.series_of(note), seller_day.financial_year(note.issued_at)


def _numbered_receipts(notes: Sequence[CreditNote]) -> dict[str, Receipt]:
    """Order id > the receipt with its number."""
    found = store.get_many(list({keys.receipt(note.order_id) for note in notes}))
    receipts = [item for item in found.values() if isinstance(item, Receipt)]
    return {receipt.order_id: receipt_service.ensure_numbered(receipt) for receipt in receipts}


def _snapshot(note: CreditNote, receipt: Receipt) -> dict[str, Any]:
    """The attributes that are stored with the number: what CGST Rules 2017, rule 53(1A), wants of the invoice (number
    and date), and the tax."""
    tax = tax_of(note, receipt)
    snapshot: dict[str, Any] = {
        "numbered_at": clock.now(),
        "day": seller_day.day(note.issued_at),
        **tax_documents.listing_of_note(note),
        "receipt_number": receipt.number,
        "receipt_day": receipt.day or seller_day.day(receipt.captured_at),
    }
    if tax:
        snapshot |= {"taxable": tax.taxable, "cgst": tax.cgst, "sgst": tax.sgst, "igst": tax.igst}
    return snapshot


def tax_of(note: CreditNote, receipt: Receipt) -> Tax | None:
    """The tax in the amount of the note; None when the receipt has none. It is the tax on the refunded total after the
    note less that on the total before, or the reverse for a debit note; so the notes of a full refund add up to the
    receipt despite rounding."""
    change = credit_notes.change_of(note)
    return receipt_service.tax_between(receipt, min(change), max(change))
