"""Scans of the whole table for recounts, rebuilds and the invariant check. No request uses them."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from pynamodb.constants import ITEMS, LAST_EVALUATED_KEY, SCANNED_COUNT
from pynamodb.expressions.operand import Path

from shared.db.entities import (
    Certificate,
    Coupon,
    CreditNote,
    Enrollment,
    EnrollmentEvent,
    LearnerExamination,
    Payment,
    PaymentEvent,
    PaymentExamination,
    Receipt,
    WebhookEvent,
)
from shared.db.table import keys
from shared.db.table.base import Item, table
from shared.db.table.keys import Key
from shared.db.table.store import RawItem, StartKey, entity, translate_store_errors
from shared.db.table.unreadable_items import UnreadableItems, read_each

_LEDGER_KINDS: Final = (
    Payment,
    PaymentEvent,
    PaymentExamination,
    Enrollment,
    EnrollmentEvent,
    LearnerExamination,
    Receipt,
    CreditNote,
    Certificate,
    WebhookEvent,
    Coupon,
)
_LEDGER_ATTRIBUTES: Final = [
    *("pk", "sk", "kind", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk"),
    *("user_id", "course_id", "order_id", "certificate_id", "version", "created_at", "completed_at"),
    *("number", "examined_at", "event_id", "event", "outcome", "code"),
]


class ScanPage(NamedTuple):
    """Items of the table, and the key of the next page (None on the last)."""

    items: list[Item]
    next_key: StartKey


class LedgerPage(NamedTuple):
    """Raw items of the ledger, with the attributes that name and number them only; how many items of the table were
    read for them; and the key of the next page (None on the last)."""

    items: list[RawItem]
    read: int
    next_key: StartKey


class UnreadablePayment(NamedTuple):
    """A payment that cannot be read. `user_id` is its learner, "" if it is unknown."""

    order_id: str
    user_id: str


def scan_all() -> Iterator[Item]:
    """Every item of a known kind. A scan is not a snapshot: compare only items that do not change during the scan.
    Raises UnreadableItems once the whole table is read, StoreUnavailable."""
    unreadable: list[Key] = []
    start: StartKey = None
    while True:
        response = _scan_raw(start)
        yield from _read(response[ITEMS], unreadable)
        start = response.get(LAST_EVALUATED_KEY)
        if start is None:
            break
    if unreadable:
        raise UnreadableItems(unreadable)


def scan_payments(unreadable: Callable[[UnreadablePayment], object]) -> Iterator[Payment]:
    """Every payment. One that cannot be read is logged and counted, and `unreadable` gets its names instead. Raises
    StoreUnavailable."""

    def report(raw: RawItem) -> None:
        order_id = raw["pk"]["S"].removeprefix(keys.payment("").pk)
        unreadable(UnreadablePayment(order_id, raw.get("user_id", {}).get("S", "")))

    start: StartKey = None
    while True:
        response = _scan_raw(start)
        raw_payments = [raw for raw in response[ITEMS] if raw.get("kind", {}).get("S") == Payment.KIND]
        yield from (item for item in read_each(entity, raw_payments, report) if isinstance(item, Payment))
        start = response.get(LAST_EVALUATED_KEY)
        if start is None:
            return


def scan_page(start: StartKey) -> ScanPage:
    """One page of the table, read consistently. Raises UnreadableItems, StoreUnavailable."""
    response = _scan_raw(start)
    unreadable: list[Key] = []
    items = _read(response[ITEMS], unreadable)
    if unreadable:
        raise UnreadableItems(unreadable)
    return ScanPage(items, response.get(LAST_EVALUATED_KEY))


def _read(raw_items: list[RawItem], unreadable: list[Key]) -> list[Item]:
    """The items of known kinds that can be read. The keys of the others are added to `unreadable`."""

    def report(raw: RawItem) -> None:
        unreadable.append(Key(raw["pk"]["S"], raw["sk"]["S"]))

    return [item for item in read_each(entity, raw_items, report) if item is not None]


@translate_store_errors
def _scan_raw(start: StartKey) -> dict[str, Any]:
    response: dict[str, Any] = table().scan(
        exclusive_start_key=start,  # type: ignore[arg-type]  # it is a key
        consistent_read=True,
    )
    return response


@translate_store_errors
def scan_ledger(start: StartKey, *, consistent: bool) -> LedgerPage:
    """One page of the table: payments and enrollments with their histories, receipts, notes, certificates, webhooks,
    coupons, and what was examined. It takes the capacity of every item on the page, and half of it if it is not read
    consistently. Raises StoreUnavailable."""
    response: dict[str, Any] = table().scan(
        exclusive_start_key=start,  # type: ignore[arg-type]  # it is a key
        filter_condition=Path("kind").is_in(*(kind.KIND for kind in _LEDGER_KINDS)),
        attributes_to_get=_LEDGER_ATTRIBUTES,
        consistent_read=consistent,
    )
    return LedgerPage(response[ITEMS], response[SCANNED_COUNT], response.get(LAST_EVALUATED_KEY))
