"""Receipts. Their numbers are those of the series RECEIPTS: see number_series.py."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from shared.db.due_index import due_receipt_attributes
from shared.db.entities import Enrollment, Payment, Receipt, ReceiptCounter
from shared.db.payments import number_series
from shared.db.payments.number_series import RECEIPTS, VoidedNumbers, voided
from shared.db.table import keys, store
from shared.db.table.changes import Changes

MAX_NUMBERED_AT_ONCE: Final = number_series.MAX_NUMBERED_AT_ONCE

__all__ = ["MAX_NUMBERED_AT_ONCE", "VoidedNumbers", "voided"]


def new_receipt(captured: Payment, enrollment: Enrollment | None, course_title: str) -> Receipt:
    """A new receipt of `captured`, the payment as its capture stores it. The receipt is not stored yet; it is due for
    its number at once."""
    return Receipt.build(
        keys.receipt(captured.order_id),
        order_id=captured.order_id,
        payment_id=captured.payment_id,
        user_id=captured.user_id,
        learner_name=enrollment.user_name if enrollment else "",
        course_id=captured.course_id,
        course_title=course_title,
        amount=captured.captured_amount,
        currency=captured.currency,
        **({"list_amount": captured.list_amount, "discount": captured.discount} if captured.discount else {}),
        captured_at=captured.captured_at,
        has_all_notes=True,
        **due_receipt_attributes(captured.order_id, captured.captured_at),
    )


def get(order_id: str) -> Receipt | None:
    return store.get(Receipt, keys.receipt(order_id))


def counters(years: list[str]) -> dict[str, ReceiptCounter]:
    """As number_series.counters, of receipts."""
    return number_series.counters(RECEIPTS, years)


def last_numbers_of(table_name: str, years: list[str]) -> dict[str, int]:
    """As number_series.last_numbers_of, of receipts."""
    return number_series.last_numbers_of(table_name, RECEIPTS, years)


def void_numbers(year: str, count: int, restored_to: datetime, now: datetime, issued: int = 0) -> VoidedNumbers:
    """As number_series.void_numbers, of receipts."""
    return number_series.void_numbers(RECEIPTS, year, count, restored_to, now, issued)


def assign_numbers(unnumbered: Sequence[tuple[Receipt, Changes]], year: str) -> list[Receipt]:
    """As number_series.assign_numbers, of receipts."""
    return number_series.assign_numbers(RECEIPTS, unnumbered, year)
