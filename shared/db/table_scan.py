"""Scans of the whole table for recounts, rebuilds and invariant checks, and consistent reads of items that a check must
read again. No request uses them."""

from collections.abc import Iterator
from typing import NamedTuple

from pynamodb.constants import ITEMS, LAST_EVALUATED_KEY

from shared.db.entities import Certificate, Enrollment, EnrollmentEvent, Receipt
from shared.db.table import keys, store
from shared.db.table.base import Item, table
from shared.db.table.store import StartKey, entities, translate_store_errors


class ScanPage(NamedTuple):
    """Items of the table, and the key of the next page (None on the last)."""

    items: list[Item]
    next_key: StartKey


def scan_all() -> Iterator[Item]:
    """Every item of a known kind. A scan is not a snapshot: compare only items that do not change during the scan.
    Raises StoreUnavailable."""
    start: StartKey = None
    while True:
        page = scan_page(start)
        yield from page.items
        start = page.next_key
        if start is None:
            return


@translate_store_errors
def scan_page(start: StartKey) -> ScanPage:
    """One page of the table, read consistently. Raises StoreUnavailable."""
    response = table().scan(exclusive_start_key=start, consistent_read=True)  # type: ignore[arg-type]  # it is a key
    return ScanPage(entities(response[ITEMS]), response.get(LAST_EVALUATED_KEY))


def order_items(order_id: str) -> list[Item]:
    """A payment with its history and its receipt, read consistently."""
    receipt = store.get(Receipt, keys.receipt(order_id))
    items = store.query_all(keys.payment(order_id).pk)
    return [receipt, *items] if receipt else items


def enrollment_items(user_id: str, course_id: str) -> list[Item]:
    """A learner's enrollment in a course, its history and its certificate, read consistently."""
    prefix = keys.enrollment_event(user_id, course_id, 0).sk.removesuffix("000000")
    enrollment = store.get(Enrollment, keys.enrollment(user_id, course_id))
    history = store.query_all(keys.user(user_id).pk, sk=EnrollmentEvent.sk.startswith(prefix))
    if enrollment is None:
        return history
    certificate = store.get(Certificate, keys.certificate(enrollment.certificate_id or "-"))
    return [enrollment, *history, *([certificate] if certificate else [])]
