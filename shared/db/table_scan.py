"""Reads the whole table, page by page, and once more what of it looked wrong. Never for a request."""

from collections.abc import Iterator
from typing import Any

from pynamodb.constants import ITEMS, LAST_EVALUATED_KEY

from shared.db.entities import Certificate, Enrollment, EnrollmentEvent, Receipt
from shared.db.table import keys, store
from shared.db.table.base import Item, table
from shared.db.table.store import entities, translate_store_errors


def scan_all() -> Iterator[Item]:
    """Every item whose kind is known. Not a snapshot: compare only what nothing writes to meanwhile. Raises
    StoreUnavailable."""
    start: dict[str, Any] | None = None
    while True:
        items, start = scan_page(start)
        yield from items
        if start is None:
            return


def order_items(order_id: str) -> list[Item]:
    """A payment with its history and its receipt, consistently."""
    receipt = store.get(Receipt, keys.receipt(order_id))
    found = store.query_all(keys.payment(order_id).pk)
    return [receipt, *found] if receipt else found


def enrollment_items(user_id: str, course_id: str) -> list[Item]:
    """A learner's enrollment in the course, its history, and its certificate, consistently."""
    prefix = keys.enrollment_event(user_id, course_id, 0).sk.removesuffix("000000")
    enrollment = store.get(Enrollment, keys.enrollment(user_id, course_id))
    history = store.query_all(keys.user(user_id).pk, sk=EnrollmentEvent.sk.startswith(prefix))
    if enrollment is None:
        return history
    certificate = store.get(Certificate, keys.certificate(enrollment.certificate_id or "-"))
    return [enrollment, *history, *([certificate] if certificate else [])]


@translate_store_errors
def scan_page(start: dict[str, Any] | None) -> tuple[list[Item], dict[str, Any] | None]:
    """A page of the table, consistently, and the key of the next."""
    answer = table().scan(exclusive_start_key=start, consistent_read=True)  # type: ignore[arg-type]  # it is a key
    return entities(answer[ITEMS]), answer.get(LAST_EVALUATED_KEY)
