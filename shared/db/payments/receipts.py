"""Receipts and their numbers: consecutive within a financial year, without duplicates and gaps, because counter and
receipt are written in one transaction. Only a restore of an older table voids numbers."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple

from pynamodb.expressions.update import Action

from shared import clock
from shared.db.due_index import due_receipt_attributes
from shared.db.entities import Enrollment, Payment, Receipt, ReceiptCounter
from shared.db.table import keys, store
from shared.db.table.changes import Changes, apply_changes, update_actions
from shared.db.table.replaced_table import get_from
from shared.db.table.retry import HOT_ITEM, WriteConflict, retry_on_conflict
from shared.db.table.transaction import FailedConditions, Transaction
from shared.errors import StoreUnavailable

MAX_NUMBERED_AT_ONCE: Final = 50
"""Receipts that get their numbers in one transaction, which may have 100 operations. Half of that: a reader who asks
for the number of one of them makes the whole transaction start again."""


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
        **due_receipt_attributes(captured.order_id, captured.captured_at),
    )


def get(order_id: str) -> Receipt | None:
    return store.get(Receipt, keys.receipt(order_id))


def counters(years: list[str]) -> dict[str, ReceiptCounter]:
    """Financial year > its counter of receipt numbers; absent for a year without receipts."""
    year_of = {keys.receipt_counter(year): year for year in years}
    found = store.get_many(list(year_of))
    return {year_of[key]: item for key, item in found.items() if isinstance(item, ReceiptCounter)}


def last_numbers_of(table_name: str, years: list[str]) -> dict[str, int]:
    """Financial year > the last receipt number that the table with that name has assigned or voided; absent for a year
    without receipts. Raises StoreUnavailable."""
    found = {year: get_from(table_name, ReceiptCounter, keys.receipt_counter(year)) for year in years}
    return {year: counter.last for year, counter in found.items() if counter}


def void_numbers(year: str, count: int, restored_to: datetime, now: datetime, issued: int = 0) -> VoidedNumbers:
    """Voids the next numbers of the financial year, `count` of them after those up to `issued`: the next receipt gets
    the number after them. For a table that was restored as it was at `restored_to`, after which up to `count` receipts
    may have been numbered, and whose predecessors have used the numbers up to `issued`. For a `restored_to` for which
    it did so before, it voids more only if `issued` is after the last number.

    Raises StoreUnavailable."""
    counter_key = keys.receipt_counter(year)

    def attempt() -> VoidedNumbers:
        counter = store.get(ReceiptCounter, counter_key)
        before = voided(counter) if counter else []
        last = counter.last if counter else 0
        known = [each for each in before if each.restored_to == restored_to]
        if known and issued <= last:
            return known[-1]
        following = VoidedNumbers(last + 1, max(last, issued) + count, restored_to, now)
        transaction = Transaction()
        stored = [_stored_voided(each) for each in (*before, following)]
        _set_counter(transaction, counter_key, counter, following.last, ReceiptCounter.voided.set(stored))
        if transaction.commit():
            raise WriteConflict
        return following

    return retry_on_conflict(attempt, partial(StoreUnavailable, "too many receipts request a number at once"), HOT_ITEM)


def voided(counter: ReceiptCounter) -> list[VoidedNumbers]:
    """The ranges of numbers of the financial year that were voided, oldest first."""
    return [
        VoidedNumbers(int(each["first"]), int(each["last"]), clock.parse(each["restored_to"]), clock.parse(each["at"]))
        for each in counter.voided or ()
    ]


def _stored_voided(voided: VoidedNumbers) -> dict[str, object]:
    times = {"restored_to": clock.text(voided.restored_to), "at": clock.text(voided.at)}
    return {"first": voided.first, "last": voided.last, **times}


def assign_numbers(unnumbered: Sequence[tuple[Receipt, Changes]], year: str) -> list[Receipt]:
    """Stores the next numbers of the financial year on up to MAX_NUMBERED_AT_ONCE receipts, in their order, each with
    its snapshot: one transaction. Returns the receipts as stored. One that got its number meanwhile keeps it; one that
    no longer exists is left out.

    Concurrent callers compete for the counter, and the losers try the next numbers. Raises StoreUnavailable; it is then
    unknown whether the receipts have numbers."""
    counter_key = keys.receipt_counter(year)
    counter = store.get(ReceiptCounter, counter_key)
    waiting, stored = list(unnumbered), list[Receipt]()

    def attempt() -> list[Receipt]:
        nonlocal counter, waiting
        if not waiting:
            return stored
        last = counter.last if counter else 0
        numbered = [
            (receipt, _with_number(receipt, snapshot, year, last + place))
            for place, (receipt, snapshot) in enumerate(waiting, 1)
        ]
        failed = _write_numbers(counter_key, counter, last + len(waiting), numbered)
        if not failed:
            return stored + [apply_changes(receipt, changes) for receipt, changes in numbered]
        if "counter" in failed:
            counter = store.cast_to(ReceiptCounter, failed["counter"])
        stored.extend(item for item in failed.values() if isinstance(item, Receipt))
        waiting = [(receipt, snapshot) for receipt, snapshot in waiting if receipt.order_id not in failed]
        raise WriteConflict

    return retry_on_conflict(attempt, partial(StoreUnavailable, "too many receipts request a number at once"), HOT_ITEM)


def _with_number(receipt: Receipt, snapshot: Changes, year: str, number: int) -> Changes:
    return {**snapshot, "number": f"L/{year}/{number:06d}", **due_receipt_attributes(receipt.order_id, None)}


def _write_numbers(
    counter_key: keys.Key, counter: ReceiptCounter | None, last: int, numbered: Sequence[tuple[Receipt, Changes]]
) -> FailedConditions:
    """One transaction: the counter, unchanged since it was read, and the receipts, still without a number. The failed
    conditions are labelled "counter", or by order id."""
    transaction = Transaction()
    _set_counter(transaction, counter_key, counter, last)
    still_unnumbered = Receipt.pk.exists() & Receipt.number.does_not_exist()
    for receipt, changes in numbered:
        actions = update_actions(Receipt, changes)
        transaction.update(receipt.order_id, keys.receipt(receipt.order_id), actions, still_unnumbered)
    return transaction.commit()


def _set_counter(
    transaction: Transaction, counter_key: keys.Key, counter: ReceiptCounter | None, number: int, *more: Action
) -> None:
    unchanged: Any = ReceiptCounter.pk.does_not_exist()
    if counter:
        unchanged = ReceiptCounter.last == counter.last
    actions = [ReceiptCounter.kind.set(ReceiptCounter.KIND), ReceiptCounter.last.set(number), *more]
    transaction.update("counter", counter_key, actions, unchanged)
