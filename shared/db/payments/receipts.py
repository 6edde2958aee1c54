"""Receipts and their numbers: consecutive within a financial year, without duplicates and gaps, because counter and
receipt are written in one transaction."""

from functools import partial
from typing import Any

from shared.db.due_index import due_attributes
from shared.db.entities import Enrollment, Payment, Receipt, ReceiptCounter
from shared.db.table import keys, store
from shared.db.table.changes import Changes, apply_changes, update_actions
from shared.db.table.retry import HOT_ITEM, WriteConflict, retry_on_conflict
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable


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
        captured_at=captured.captured_at,
        **due_attributes(captured.order_id, captured.captured_at),
    )


def get(order_id: str) -> Receipt | None:
    return store.get(Receipt, keys.receipt(order_id))


def last_numbers(years: list[str]) -> dict[str, int]:
    """Financial year > its last receipt number; absent for a year without receipts."""
    year_of = {keys.receipt_counter(year): year for year in years}
    found = store.get_many(list(year_of))
    return {year_of[key]: item.last for key, item in found.items() if isinstance(item, ReceiptCounter)}


def assign_number(receipt: Receipt, year: str, snapshot: Changes) -> Receipt:
    """Stores the next number of the financial year and `snapshot` on the receipt. A receipt that has a number already
    is returned as stored.

    Concurrent receipts compete for the counter, and the losers try the next number. Raises StoreUnavailable; it is then
    unknown whether the receipt has a number."""
    counter_key = keys.receipt_counter(year)
    counter = store.get(ReceiptCounter, counter_key)

    def attempt() -> Receipt:
        nonlocal counter
        number = (counter.last if counter else 0) + 1
        changes = {**snapshot, "number": f"L/{year}/{number:06d}", **due_attributes(receipt.order_id, None)}
        transaction = Transaction()
        _set_counter(transaction, counter_key, counter, number)
        unnumbered = Receipt.pk.exists() & Receipt.number.does_not_exist()
        receipt_key = keys.receipt(receipt.order_id)
        transaction.update("receipt", receipt_key, update_actions(Receipt, changes), unnumbered)
        failed = transaction.commit()
        if not failed:
            return apply_changes(receipt, changes)
        stored = store.cast_to(Receipt, failed.get("receipt"))
        if stored:
            return stored
        counter = store.cast_to(ReceiptCounter, failed.get("counter"))
        raise WriteConflict

    return retry_on_conflict(attempt, partial(StoreUnavailable, "too many receipts request a number at once"), HOT_ITEM)


def _set_counter(transaction: Transaction, counter_key: keys.Key, counter: ReceiptCounter | None, number: int) -> None:
    unchanged: Any = ReceiptCounter.pk.does_not_exist()
    if counter:
        unchanged = ReceiptCounter.last == counter.last
    actions = [ReceiptCounter.kind.set(ReceiptCounter.KIND), ReceiptCounter.last.set(number)]
    transaction.update("counter", counter_key, actions, unchanged)
