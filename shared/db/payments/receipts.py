"""Receipts and their numbers: consecutive within a financial year, without duplicates and gaps, because counter and
receipt are written in one transaction. Only a restore of an older table voids numbers."""

from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from pynamodb.expressions.update import Action

from shared import clock
from shared.db.due_index import due_attributes
from shared.db.entities import Enrollment, Payment, Receipt, ReceiptCounter
from shared.db.table import keys, store
from shared.db.table.changes import Changes, apply_changes, update_actions
from shared.db.table.retry import HOT_ITEM, WriteConflict, retry_on_conflict
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable


class VoidedNumbers(NamedTuple):
    """A range of receipt numbers, both inclusive, that no receipt will ever have: see the entity ReceiptCounter."""

    first: int
    last: int
    restored_to: datetime
    at: datetime


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


def voided_numbers(years: list[str]) -> dict[str, list[VoidedNumbers]]:
    """Financial year > the ranges of its receipt numbers that were voided; absent for a year without any."""
    year_of = {keys.receipt_counter(year): year for year in years}
    found = store.get_many(list(year_of))
    counters = {year_of[key]: item for key, item in found.items() if isinstance(item, ReceiptCounter)}
    return {year: ranges for year, counter in counters.items() if (ranges := _voided(counter))}


def void_numbers(year: str, count: int, restored_to: datetime, now: datetime) -> VoidedNumbers:
    """Voids the next `count` numbers of the financial year: the next receipt gets the number after them. For a table
    that was restored as it was at `restored_to`, after which up to `count` receipts may have been numbered. Voids
    nothing more for a `restored_to` for which it did so before.

    Raises StoreUnavailable."""
    counter_key = keys.receipt_counter(year)

    def attempt() -> VoidedNumbers:
        counter = store.get(ReceiptCounter, counter_key)
        voided = _voided(counter) if counter else []
        known = next((each for each in voided if each.restored_to == restored_to), None)
        if known:
            return known
        last = counter.last if counter else 0
        following = VoidedNumbers(last + 1, last + count, restored_to, now)
        transaction = Transaction()
        stored = [_stored_voided(each) for each in (*voided, following)]
        _set_counter(transaction, counter_key, counter, following.last, ReceiptCounter.voided.set(stored))
        if transaction.commit():
            raise WriteConflict
        return following

    return retry_on_conflict(attempt, partial(StoreUnavailable, "too many receipts request a number at once"), HOT_ITEM)


def _voided(counter: ReceiptCounter) -> list[VoidedNumbers]:
    return [
        VoidedNumbers(int(each["first"]), int(each["last"]), clock.parse(each["restored_to"]), clock.parse(each["at"]))
        for each in counter.voided or ()
    ]


def _stored_voided(voided: VoidedNumbers) -> dict[str, object]:
    times = {"restored_to": clock.text(voided.restored_to), "at": clock.text(voided.at)}
    return {"first": voided.first, "last": voided.last, **times}


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


def _set_counter(
    transaction: Transaction, counter_key: keys.Key, counter: ReceiptCounter | None, number: int, *more: Action
) -> None:
    unchanged: Any = ReceiptCounter.pk.does_not_exist()
    if counter:
        unchanged = ReceiptCounter.last == counter.last
    actions = [ReceiptCounter.kind.set(ReceiptCounter.KIND), ReceiptCounter.last.set(number), *more]
    transaction.update("counter", counter_key, actions, unchanged)
