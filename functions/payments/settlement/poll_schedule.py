"""When an unsettled payment is looked at next. Razorpay cannot cancel an order, so a failed one is watched for days."""

from datetime import datetime, timedelta
from typing import Any, Final

from shared.db.entities import Payment
from shared.db.table import keys
from shared.domain.lifecycle import PaymentStatus

CAPTURE_GRACE: Final = timedelta(minutes=15)
"""Authorised money is captured by Razorpay itself within minutes; after that we ask, and capture it ourselves."""
_REFUND_POLL_DELAY: Final = timedelta(minutes=15)
_MAX_REFUND_POLL_DELAY: Final = timedelta(days=1)
ON_HOLD_POLL_DELAY: Final = timedelta(days=1)
FOLLOW_UP_POLL_DELAY: Final = timedelta(minutes=15)

_POLL_DELAYS_WHILE_OPEN: Final = (timedelta(minutes=5), timedelta(minutes=15))
"""After the order was made: a closed browser and a lost webhook should not cost a learner half an hour."""
_POLL_DELAYS_AFTER_EXPIRY: Final = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=6),
)
"""After the window: late money is polled by Razorpay for three days and refunded by it after five at most."""


_MIN_BACKOFF: Final = timedelta(minutes=4)
_MAX_BACKOFF: Final = timedelta(days=1)


def backoff_until(unchanged_since: datetime, now: datetime) -> datetime:
    """When an item is looked at again that a look left as it is, unchanged `since`: in the next run, then later and
    later, once a day at last. What does not move never keeps others from being looked at."""
    return now + min(max((now - unchanged_since) / 4, _MIN_BACKOFF), _MAX_BACKOFF)


def schedule_poll(order_id: str, at: datetime) -> dict[str, Any]:
    """The changes that set the payment's timer."""
    due = keys.due(order_id, at)
    return {"gsi2pk": due.pk, "gsi2sk": due.sk}


def cancel_poll() -> dict[str, Any]:
    return {"gsi2pk": None, "gsi2sk": None}


def next_unpaid_poll(payment: Payment, now: datetime) -> dict[str, Any]:
    """The timer for the first look after `now`, or none when the last one is over."""
    moments = [payment.window_ends_at + wait for wait in _POLL_DELAYS_AFTER_EXPIRY]
    if payment.status is PaymentStatus.PENDING:
        during = (payment.created_at + wait for wait in _POLL_DELAYS_WHILE_OPEN)
        moments = [at for at in during if at < payment.window_ends_at] + [payment.window_ends_at, *moments]
    coming = next((at for at in moments if at > now), None)
    return schedule_poll(payment.order_id, coming) if coming else cancel_poll()


def refund_poll_delay(failed: int) -> timedelta:
    """How long to wait before a refund is looked at again: doubled for each that failed, a day at most."""
    return min(_REFUND_POLL_DELAY * (1 << min(failed, 10)), _MAX_REFUND_POLL_DELAY)
