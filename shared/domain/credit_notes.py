"""Credit and debit notes of a receipt: one for each change of its refunded amount. Amounts in minor units.

CGST Act 2017, section 34 (unverified: read in a copy): the supplier issues a credit note where the supply is deficient
or the invoice was too high, here for every refund (subsection 1), and a debit note where the invoice was too low, here
where a credit is taken back because a refund failed after all, or a dispute was won (subsection 3).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from shared.domain.lifecycle import PaymentStatus


class NoteType(StrEnum):
    CREDIT = "credit"
    DEBIT = "debit"


class RefundedChange(NamedTuple):
    """The refunded amount of a receipt before and after a step, which differ."""

    before: int
    after: int

    @property
    def note_type(self) -> NoteType:
        return NoteType.CREDIT if self.after > self.before else NoteType.DEBIT

    @property
    def amount(self) -> int:
        """The amount of the note; positive."""
        return abs(self.after - self.before)


def refunded_change(before: int, after: int, *, is_first: bool) -> RefundedChange | None:
    """The change that a step makes to the refunded amount of a receipt; None if it makes none. `before` and `after` are
    the refunded amounts of the payment. `is_first`: the step writes the receipt, so that nothing of it was refunded
    before. The notes of all steps then add up to the refunded amount, also if the payment had been refunded before it
    became a sale: a dispute that was won, or a refund that failed."""
    before = 0 if is_first else before
    return None if before == after else RefundedChange(before, after)


class RecordedStep(NamedTuple):
    """A step of a payment's history, at `at` (UTC), with the changes that it recorded."""

    number: int
    at: datetime
    changes: Mapping[str, Any]


class RecordedChange(NamedTuple):
    """The refunded amount of a receipt before and after the step of the payment's history, at `at` (UTC)."""

    step: int
    at: datetime
    before: int
    after: int


def recorded_changes(history: Iterable[RecordedStep]) -> Iterator[RecordedChange]:
    """The changes of the refunded amount of the receipt that the history of its payment records, the oldest first. The
    first step to the status `captured` writes the receipt; a payment that was never in it has none."""
    refunded, has_receipt = 0, False
    for step in history:
        before, refunded = refunded, int(step.changes.get("refunded_amount", refunded))
        is_first = not has_receipt and step.changes.get("status") == PaymentStatus.CAPTURED
        has_receipt = has_receipt or is_first
        change = refunded_change(before, refunded, is_first=is_first) if has_receipt else None
        if change:
            yield RecordedChange(step.number, step.at, *change)
