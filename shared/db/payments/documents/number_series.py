"""Numbers of documents (receipts, credit notes, debit notes): consecutive within a financial year, without duplicates
and gaps, because counter and document are written in one transaction. Only a restore of an older table voids numbers.

CGST Rules 2017, rule 46(b) for invoices and rule 53(1A) for credit and debit notes (both unverified: read in copies): a
consecutive serial number of at most 16 characters, unique for a financial year. `L/26-27/000001` has 14, so a year has
room for 99,999,999 numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pynamodb.expressions.update import Action

from shared import clock
from shared.db.due_index import due_receipt_attributes
from shared.db.entities import CreditNote, Receipt, ReceiptCounter
from shared.db.table import keys, store
from shared.db.table.changes import Changes, apply_changes, update_actions
from shared.db.table.keys import Key
from shared.db.table.replaced_table import get_from
from shared.db.table.retry import HOT_ITEM, WriteConflict, retry_on_conflict
from shared.db.table.transaction import FailedConditions, Transaction
from shared.errors import StoreUnavailable

D = TypeVar("D", Receipt, CreditNote)

MAX_NUMBERED_AT_ONCE: Final = 50
"""Documents that get their numbers in one transaction, which may have 100 operations. Half of that: a reader who asks
for the number of one of them makes the whole transaction start again."""


class VoidedNumbers(NamedTuple):
    """A range of numbers, both inclusive, that no document will ever have: see the entity ReceiptCounter."""

    first: int
    last: int
    restored_to: datetime
    at: datetime


@dataclass(frozen=True)
class Series(Generic[D]):
    """The numbers of one kind of document, such as `L/26-27/000001` with the prefix L. `plural` is for messages;
    `document` the class of its items, and `label` names one of them in a transaction."""

    prefix: str
    plural: str
    document: type[D]
    label: Callable[[D], str]

    def number(self, year: str, position: int) -> str:
        return f"{self.name(year)}/{position:06d}"

    def name(self, year: str) -> str:
        """The series of a financial year, such as `L/26-27`."""
        return f"{self.prefix}/{year}"

    def counter_key(self, year: str) -> Key:
        return keys.number_counter(self.prefix, year)


def _note_label(note: CreditNote) -> str:
    return f"{note.order_id} {note.step}"


RECEIPTS: Final = Series(keys.RECEIPT_PREFIX, "receipts", Receipt, lambda receipt: str(receipt.order_id))
CREDIT_NOTES: Final = Series(keys.CREDIT_NOTE_PREFIX, "credit notes", CreditNote, _note_label)
DEBIT_NOTES: Final = Series(keys.DEBIT_NOTE_PREFIX, "debit notes", CreditNote, _note_label)
ALL_SERIES: Final[tuple[Series[Any], ...]] = (RECEIPTS, CREDIT_NOTES, DEBIT_NOTES)


def name_of(counter: ReceiptCounter) -> str:
    """The series of a financial year that the counter is of, such as `L/26-27`."""
    partition, _, year = counter.pk.partition("#")
    prefix = next(prefix for prefix, name in keys.COUNTERS_OF.items() if name == partition)
    return f"{prefix}/{year}"


def counters(series: Series[Any], years: list[str]) -> dict[str, ReceiptCounter]:
    """Financial year > its counter of the series; absent for a year without numbers."""
    year_of = {series.counter_key(year): year for year in years}
    found = store.get_many(list(year_of))
    return {year_of[key]: item for key, item in found.items() if isinstance(item, ReceiptCounter)}


def last_numbers_of(table_name: str, series: Series[Any], years: list[str]) -> dict[str, int]:
    """Financial year > the last number that the table with that name has assigned or voided; absent for a year without
    numbers. Raises StoreUnavailable."""
    found = {year: get_from(table_name, ReceiptCounter, series.counter_key(year)) for year in years}
    return {year: counter.last for year, counter in found.items() if counter}


def void_numbers(
    series: Series[Any], year: str, count: int, restored_to: datetime, now: datetime, issued: int = 0
) -> VoidedNumbers:
    """Voids the next numbers of the financial year, `count` of them after those up to `issued`: the next document gets
    the number after them. For a table that was restored as it was at `restored_to`, after which up to `count` documents
    may have been numbered, and whose predecessors have used the numbers up to `issued`. For a `restored_to` for which
    it did so before, it voids more only if `issued` is after the last number.

    Raises StoreUnavailable."""
    counter_key = series.counter_key(year)

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

    return retry_on_conflict(attempt, _too_many(series), HOT_ITEM)


def voided(counter: ReceiptCounter) -> list[VoidedNumbers]:
    """The ranges of numbers of the financial year that were voided, oldest first."""
    return [
        VoidedNumbers(int(each["first"]), int(each["last"]), clock.parse(each["restored_to"]), clock.parse(each["at"]))
        for each in counter.voided or ()
    ]


def _stored_voided(voided: VoidedNumbers) -> dict[str, object]:
    times = {"restored_to": clock.text(voided.restored_to), "at": clock.text(voided.at)}
    return {"first": voided.first, "last": voided.last, **times}


def assign_numbers(series: Series[D], unnumbered: Sequence[tuple[D, Changes]], year: str) -> list[D]:
    """Stores the next numbers of the financial year on up to MAX_NUMBERED_AT_ONCE documents, in their order, each with
    its snapshot: one transaction. Returns the documents as stored. One that got its number meanwhile keeps it; one that
    no longer exists is left out.

    Concurrent callers compete for the counter, and the losers try the next numbers. Raises StoreUnavailable; it is then
    unknown whether the documents have numbers."""
    counter_key = series.counter_key(year)
    counter = store.get(ReceiptCounter, counter_key)
    waiting, stored = list(unnumbered), list[D]()

    def attempt() -> list[D]:
        nonlocal counter, waiting
        if not waiting:
            return stored
        last = counter.last if counter else 0
        numbered = [
            (document, _with_number(document, snapshot, series.number(year, last + place)))
            for place, (document, snapshot) in enumerate(waiting, 1)
        ]
        failed = _write_numbers(series, counter_key, counter, last + len(waiting), numbered)
        if not failed:
            return stored + [apply_changes(document, changes) for document, changes in numbered]
        if "counter" in failed:
            counter = store.cast_to(ReceiptCounter, failed["counter"])
        stored.extend(item for item in failed.values() if isinstance(item, series.document))
        waiting = [(document, snapshot) for document, snapshot in waiting if series.label(document) not in failed]
        raise WriteConflict

    return retry_on_conflict(attempt, _too_many(series), HOT_ITEM)


def assign_all(series: Series[D], unnumbered: Sequence[tuple[D, Changes]], year: str) -> int:
    """As `assign_numbers`, of any number of documents: one transaction per MAX_NUMBERED_AT_ONCE. Returns how many have
    a number now. Raises StoreUnavailable: some of them have numbers then."""
    starts = range(0, len(unnumbered), MAX_NUMBERED_AT_ONCE)
    batches = (unnumbered[start : start + MAX_NUMBERED_AT_ONCE] for start in starts)
    return sum(len(assign_numbers(series, batch, year)) for batch in batches)


def _too_many(series: Series[Any]) -> Callable[[], StoreUnavailable]:
    return partial(StoreUnavailable, f"too many {series.plural} request a number at once")


def _with_number(document: D, snapshot: Changes, number: str) -> Changes:
    return {**snapshot, "number": number, **due_receipt_attributes(document.order_id, None)}


def _write_numbers(
    series: Series[D],
    counter_key: Key,
    counter: ReceiptCounter | None,
    last: int,
    numbered: Sequence[tuple[D, Changes]],
) -> FailedConditions:
    """One transaction: the counter, unchanged since it was read, and the documents, still without a number. The failed
    conditions are labelled "counter", or by the label of the document."""
    transaction = Transaction()
    _set_counter(transaction, counter_key, counter, last)
    kind: Any = series.document
    still_unnumbered = kind.pk.exists() & kind.number.does_not_exist()
    for document, changes in numbered:
        actions = update_actions(kind, changes)
        transaction.update(series.label(document), Key(document.pk, document.sk), actions, still_unnumbered)
    return transaction.commit()


def _set_counter(
    transaction: Transaction, counter_key: Key, counter: ReceiptCounter | None, number: int, *more: Action
) -> None:
    unchanged: Any = ReceiptCounter.pk.does_not_exist()
    if counter:
        unchanged = ReceiptCounter.last == counter.last
    actions = [ReceiptCounter.kind.set(ReceiptCounter.KIND), ReceiptCounter.last.set(number), *more]
    transaction.update("counter", counter_key, actions, unchanged)
