"""Credit and debit notes of receipts. Their numbers are those of the series CREDIT_NOTES and DEBIT_NOTES: see
number_series.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from shared.db.due_index import due_receipt_attributes
from shared.db.entities import CreditNote, Payment, Receipt
from shared.db.payments.documents.number_series import CREDIT_NOTES, DEBIT_NOTES, Series
from shared.db.table import keys, store
from shared.db.table.changes import unchanged_since_read, update_actions
from shared.db.table.retry import WriteConflict
from shared.db.table.transaction import Transaction
from shared.domain.credit_notes import NoteType, RefundedChange

_MAX_NOTES_AT_ONCE: Final = 50


class ReceiptWithNotes(NamedTuple):
    """A receipt and its notes, in the order of their steps."""

    receipt: Receipt | None
    notes: list[CreditNote]


def new_note(
    payment: Payment, step: int, change: RefundedChange, refunded_at: datetime, issued_at: datetime
) -> CreditNote:
    """The note of the step of the payment's history that made this change to the refunded amount. It is not stored yet,
    and due for its number at once. Times in UTC."""
    return CreditNote.build(
        keys.credit_note(payment.order_id, step),
        order_id=payment.order_id,
        user_id=payment.user_id,
        course_id=payment.course_id,
        note_type=change.note_type,
        amount=change.amount,
        currency=payment.currency,
        step=step,
        refunded_before=change.before,
        refunded_at=refunded_at,
        issued_at=issued_at,
        **due_receipt_attributes(payment.order_id, issued_at),
    )


def series_of(note: CreditNote) -> Series[CreditNote]:
    return CREDIT_NOTES if note.note_type == NoteType.CREDIT else DEBIT_NOTES


def change_of(note: CreditNote) -> RefundedChange:
    """The refunded amount of the receipt before and after the note."""
    signed = note.amount if note.note_type == NoteType.CREDIT else -note.amount
    return RefundedChange(note.refunded_before, note.refunded_before + signed)


def get_with_receipt(order_id: str) -> ReceiptWithNotes:
    """One Query. Raises StoreUnavailable."""
    items = store.query_all(keys.receipt(order_id).pk)
    receipt = next((item for item in items if isinstance(item, Receipt)), None)
    notes = [item for item in items if isinstance(item, CreditNote)]
    return ReceiptWithNotes(receipt, sorted(notes, key=lambda note: note.step))


def add_missing(payment: Payment, missing: Sequence[CreditNote]) -> None:
    """Stores the notes that are `missing` of a receipt of an earlier version, and marks the receipt as one that has all
    of them. The payment must be as it was read.

    Raises WriteConflict when the payment changed, or one of the notes exists; and StoreUnavailable."""
    for start in range(0, max(len(missing), 1), _MAX_NOTES_AT_ONCE):
        transaction = Transaction()
        unchanged = unchanged_since_read(Payment, payment)
        transaction.check("payment", keys.payment(payment.order_id), unchanged)
        for note in missing[start : start + _MAX_NOTES_AT_ONCE]:
            transaction.put(f"note {note.step}", note)
        if start + _MAX_NOTES_AT_ONCE >= len(missing):
            actions = update_actions(Receipt, {"has_all_notes": True})
            transaction.update("receipt", keys.receipt(payment.order_id), actions, Receipt.pk.exists())
        if transaction.commit():
            raise WriteConflict
