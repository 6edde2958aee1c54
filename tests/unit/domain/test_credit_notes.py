"""The changes of a receipt's refunded amount: what each credit and debit note is about."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.credit_notes import NoteType, RecordedStep, RefundedChange, recorded_changes, refunded_change

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def changes_of(*steps: dict[str, Any]) -> list[tuple[int, int, int]]:
    """Step, amount before and amount after of each change."""
    recorded = [RecordedStep(number, NOW, changes) for number, changes in enumerate(steps, 1)]
    return [(change.step, change.before, change.after) for change in recorded_changes(recorded)]


CREATED = {"status": "pending", "refunded_amount": 0}
CAPTURED = {"status": "captured", "captured_amount": 500}


@pytest.mark.parametrize(
    ("before", "after", "note"), [(0, 300, (NoteType.CREDIT, 300)), (300, 200, (NoteType.DEBIT, 100))]
)
def test_refunded_change_names_the_note_of_the_difference(before: int, after: int, note: tuple[NoteType, int]) -> None:
    change = refunded_change(before, after, is_first=False)
    assert change == RefundedChange(before, after)
    assert (change.note_type, change.amount) == note


def test_refunded_change_of_the_same_amount_is_none() -> None:
    assert refunded_change(300, 300, is_first=False) is None


def test_refunded_change_of_the_step_that_writes_the_receipt_counts_from_zero() -> None:
    assert refunded_change(500, 200, is_first=True) == RefundedChange(0, 200)
    assert refunded_change(500, 0, is_first=True) is None


def test_recorded_changes_are_one_for_each_step_that_changed_the_amount() -> None:
    steps = (CREATED, CAPTURED, {"refunded_amount": 200}, {"updated_at": "…"}, {"refunded_amount": 500})
    assert changes_of(*steps, {"refunded_amount": 200}) == [(3, 0, 200), (5, 200, 500), (6, 500, 200)]


def test_recorded_changes_of_a_payment_that_was_refunded_at_once_are_none() -> None:
    assert changes_of(CREATED, {"status": "refund_pending"}, {"status": "refunded", "refunded_amount": 500}) == []


def test_recorded_changes_before_the_sale_do_not_count() -> None:
    """A lost dispute that was won after all made the payment a sale."""
    refunded = {"status": "refunded", "refunded_amount": 500}
    assert changes_of(CREATED, refunded, {"status": "captured", "refunded_amount": 0}, {"refunded_amount": 100}) == [
        (4, 0, 100)
    ]


def test_recorded_change_of_the_capture_itself_counts() -> None:
    assert changes_of(CREATED, {**CAPTURED, "refunded_amount": 120}) == [(2, 0, 120)]
