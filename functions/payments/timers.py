"""When an unsettled payment is looked at next. Razorpay cannot cancel an order, so a failed one is watched for days."""

from datetime import datetime, timedelta
from typing import Any, Final

from shared.db import keys
from shared.db.entities import Payment
from shared.lifecycle import PaymentStatus

CAPTURE_GRACE: Final = timedelta(minutes=15)
"""Authorised money is captured by Razorpay itself within minutes; after that we ask, and capture it ourselves."""
_REFUND_LOOK: Final = timedelta(minutes=15)
_REFUND_LOOK_AT_MOST: Final = timedelta(days=1)
QUARANTINE_LOOK: Final = timedelta(days=1)
ONE_MORE_LOOK: Final = timedelta(minutes=15)

_WHILE_OPEN: Final = (timedelta(minutes=5), timedelta(minutes=15))
"""After the order was made: a closed browser and a lost webhook should not cost a learner half an hour."""
_AFTER_CLOSING: Final = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=6),
)
"""After the window: late money is polled by Razorpay for three days and refunded by it after five at most."""


_SOONEST: Final = timedelta(minutes=4)
_LATEST: Final = timedelta(days=1)


def put_off(since: datetime, now: datetime) -> datetime:
    """When an item is looked at again that a look left as it is, unchanged `since`: in the next run, then later and
    later, once a day at last. What does not move never keeps others from being looked at."""
    return now + min(max((now - since) / 4, _SOONEST), _LATEST)


def timer(order_id: str, at: datetime) -> dict[str, Any]:
    """The changes that set the payment's timer."""
    due = keys.due(order_id, at)
    return {"gsi2pk": due.pk, "gsi2sk": due.sk}


def no_timer() -> dict[str, Any]:
    return {"gsi2pk": None, "gsi2sk": None}


def next_look(payment: Payment, now: datetime) -> dict[str, Any]:
    """The timer for the first look after `now`, or none when the last one is over."""
    moments = [payment.window_ends_at + wait for wait in _AFTER_CLOSING]
    if payment.status is PaymentStatus.PENDING:
        during = (payment.created_at + wait for wait in _WHILE_OPEN)
        moments = [at for at in during if at < payment.window_ends_at] + [payment.window_ends_at, *moments]
    coming = next((at for at in moments if at > now), None)
    return timer(payment.order_id, coming) if coming else no_timer()


def refund_look(failed: int) -> timedelta:
    """How long to wait before a refund is looked at again: doubled for each that failed, a day at most."""
    return min(_REFUND_LOOK * (1 << min(failed, 10)), _REFUND_LOOK_AT_MOST)
