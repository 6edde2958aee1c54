"""I18 and I6: each change of the refunded amount of a sale has its credit or debit note, and notes are numbered on
time.

The amounts are recomputed from the histories, without the code that writes the notes."""

from collections.abc import Iterator
from datetime import datetime

from functions.payments.invariants.history import Step
from functions.payments.invariants.ledger import Breach, Ledger
from shared import clock
from shared.db.entities import CreditNote, Receipt
from shared.domain.lifecycle import PaymentStatus

_PARTS = ("taxable", "cgst", "sgst", "igst")


def check_notes(ledger: Ledger) -> Iterator[Breach]:
    """I18. Each step that changed the refunded amount of a receipt has one note of the difference, and no other step
    has a note. A receipt of a version before the notes needs those of the steps from its first note on, until
    `issue-credit-notes` has written the others."""
    for order_id, notes in ledger.notes.items():
        if notes and order_id not in ledger.receipts:
            yield Breach("I18", order_id, "a note without a receipt")
    for order_id, receipt in ledger.receipts.items():
        differences = dict(_differences(ledger.payment_steps[order_id]))
        notes = ledger.notes.get(order_id, [])
        found = {int(note.step): _signed_amount(note) for note in notes}
        first = 0 if receipt.has_all_notes else min(found, default=None)
        for step in sorted(differences.keys() | found.keys()):
            is_demanded = first is not None and step >= first
            if step not in found and not is_demanded:
                continue
            if differences.get(step) != found.get(step):
                expected = f"{differences.get(step, 0)} refunded at step {step}"
                yield Breach("I18", order_id, f"{expected}, but its notes are over {found.get(step, 0)}")


def _differences(steps: list[Step]) -> Iterator[tuple[int, int]]:
    """Step > by how much it changed the refunded amount of the receipt, which the first step to `captured` wrote."""
    credited, refunded, is_sale = 0, 0, False
    for step in steps:
        refunded = int(step.changes.get("refunded_amount", refunded))
        is_sale = is_sale or step.changes.get("status") == PaymentStatus.CAPTURED
        if is_sale and refunded != credited:
            yield step.number, refunded - credited
            credited = refunded


def _signed_amount(note: CreditNote) -> int:
    return int(note.amount) if note.note_type == "credit" else -int(note.amount)


def check_note_taxes(ledger: Ledger) -> Iterator[Breach]:
    """I18. A numbered note names its receipt, and its taxable value and taxes add up to its amount. The notes of a
    receipt that is refunded in full add up to the receipt, each part of the tax included."""
    for order_id, receipt in ledger.receipts.items():
        numbered = [note for note in ledger.notes.get(order_id, ()) if note.number]
        for note in numbered:
            if note.receipt_number != receipt.number:
                yield Breach("I18", order_id, f"{note.number} names another receipt")
            if receipt.seller_gstin and sum(_parts(note)) != note.amount:
                yield Breach("I18", order_id, f"the parts of {note.number} do not add up to its amount")
        if receipt.seller_gstin and _is_refunded_in_full(ledger, order_id, numbered):
            totals = tuple(map(sum, zip(*(_signed_parts(note) for note in numbered), strict=True)))
            if totals != _parts(receipt):
                yield Breach("I18", order_id, f"notes of {totals} for a receipt of {_parts(receipt)}")


def _is_refunded_in_full(ledger: Ledger, order_id: str, numbered: list[CreditNote]) -> bool:
    """Whether the numbered notes are all there are, and are over the whole amount of the receipt."""
    is_complete = len(numbered) == len(ledger.notes.get(order_id, ()))
    return is_complete and sum(map(_signed_amount, numbered)) == ledger.receipts[order_id].amount


def _parts(document: Receipt | CreditNote) -> tuple[int, ...]:
    return tuple(int(getattr(document, name) or 0) for name in _PARTS)


def _signed_parts(note: CreditNote) -> tuple[int, ...]:
    return tuple(part if note.note_type == "credit" else -part for part in _parts(note))


def check_notes_numbered(ledger: Ledger, limit: datetime) -> Iterator[Breach]:
    """I6. Each note of a date before `limit` (UTC) has its number: the sweep after the refund assigns it."""
    for order_id, notes in ledger.notes.items():
        for note in notes:
            if not note.number and note.issued_at < limit:
                yield Breach("I6", order_id, f"a note has no number since {clock.text(note.issued_at)}")
