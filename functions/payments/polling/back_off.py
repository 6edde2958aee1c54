"""Delays the next attempt of one item that a run could not settle."""

from datetime import datetime

from shared.db import due_index
from shared.db.due_index import DueItem
from shared.db.entities import CreditNote, Payment
from shared.db.table.base import Item
from shared.db.table.unreadable_items import READ_ERRORS
from shared.errors import DomainError
from shared.observability import logger
from shared.settlement.poll_schedule import backoff_until
from shared.settlement.refund_retries import retry_of_rejected_refund


def back_off(due: DueItem, item: Item | None, now: datetime) -> None:
    """Delays the step of the item, unless processing moved it, so that the next run begins with other items. An item
    that a manual sweep processed before it was due keeps its time. Without an answer of the table the step stays due,
    which is logged."""
    if due.due_at > now:
        return
    retry = _retry_of_refund(item, now) if isinstance(item, Payment) else None
    until = retry or backoff_until(_unchanged_since(item, due), now)
    try:
        due_index.reschedule(due.key, due.due_at, until)
    except DomainError:
        logger().warning("not rescheduled", exc_info=True, extra={"item": due.key.pk})


def _unchanged_since(item: Item | None, due: DueItem) -> datetime:
    """A note that waits for its number does not change after it was issued."""
    if isinstance(item, CreditNote):
        return item.issued_at
    since: datetime = getattr(item, "updated_at", due.due_at)
    return since


def _retry_of_refund(payment: Payment, now: datetime) -> datetime | None:
    """None also for a payment whose refunds cannot be read: the error that its poll raised is logged."""
    try:
        return retry_of_rejected_refund(payment, now)
    except READ_ERRORS:
        return None
