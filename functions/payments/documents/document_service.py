"""Reads what a PDF shows: a numbered receipt, or a numbered credit or debit note with its receipt."""

import re
from dataclasses import dataclass
from typing import Final

from functions.payments.errors import NoteNotDue, NoteNotFound, OrderNotFound, ReceiptNotDue
from functions.payments.receipts.receipt_service import ensure_numbered
from shared.db.entities import CreditNote, Payment, Receipt
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.keys import Key
from shared.domain.lifecycle import Role
from shared.tokens import Caller

_STEP: Final = re.compile(r"[1-9]\d{0,5}", re.ASCII)


@dataclass(frozen=True)
class NumberedNote:
    """A credit or debit note with its number, and its numbered receipt."""

    note: CreditNote
    receipt: Receipt


def get_receipt(caller: Caller, order_id: str) -> Receipt:
    """The receipt of the caller's payment (of any payment, for an admin). Assigns its number if the sweep has not
    assigned it yet. One BatchGetItem.

    Raises OrderNotFound, ReceiptNotDue, StoreUnavailable."""
    receipt = store.cast_to(Receipt, _read_own(caller, order_id).get(keys.receipt(order_id)))
    if receipt is None:
        raise ReceiptNotDue
    return ensure_numbered(receipt)


def get_note(caller: Caller, order_id: str, note_id: str) -> NumberedNote:
    """A note of the caller's payment (of any payment, for an admin). `note_id` is the step of the history
    of the payment that the note is about. One BatchGetItem.

    Raises OrderNotFound, NoteNotFound, NoteNotDue, StoreUnavailable."""
    note_key = _note_key(order_id, note_id)
    found = _read_own(caller, order_id, note_key)
    note = store.cast_to(CreditNote, found.get(note_key))
    receipt = store.cast_to(Receipt, found.get(keys.receipt(order_id)))
    if note is None or receipt is None:
        raise NoteNotFound
    if not note.number:
        raise NoteNotDue
    return NumberedNote(note, receipt)


def _note_key(order_id: str, note_id: str) -> Key:
    """Raises NoteNotFound for a text that is no id of a note."""
    if not _STEP.fullmatch(note_id):
        raise NoteNotFound
    return keys.credit_note(order_id, int(note_id))


def _read_own(caller: Caller, order_id: str, *more: Key) -> dict[Key, Item]:
    """The receipt of the payment and `more`, as far as they exist. Raises OrderNotFound for somebody else's payment,
    also if the others cannot be read."""
    payment_key = keys.payment(order_id)
    raw = store.get_many_raw([payment_key, keys.receipt(order_id), *more])
    payment = store.first_of(Payment, store.entities(each for each in raw if each["pk"]["S"] == payment_key.pk))
    if payment is None or (caller.role is not Role.ADMIN and payment.user_id != caller.user_id):
        raise OrderNotFound
    return {Key(item.pk, item.sk): item for item in store.entities(raw)}
