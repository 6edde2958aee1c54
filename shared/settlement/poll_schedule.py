"""When an unsettled payment is looked at next. Razorpay cannot cancel an order, so a failed one is watched for days."""

from datetime import datetime, timedelta
from typing import Any, Final

from shared.db.entities import Payment
from shared.db.table import keys
from shared.db.table.changes import apply_changes
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.balances import (
    HOLDING_FUNDS,
    extra_captures,
    failed_count,
    on_hold,
    open_requests,
    primary_capture,
    refund_due,
    sum_by_status,
)
from shared.settlement.evidence import Captured, RefundStatus

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


def final_poll(payment: Payment, look: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The timer `look`, after money was taken otherwise. A refund of it may have been asked for, and its answer lost:
    before nobody looks any more, the gateway is asked once."""
    return (
        schedule_poll(payment.order_id, now + FOLLOW_UP_POLL_DELAY)
        if payment.gsi2sk and look["gsi2sk"] is None
        else look
    )


def with_next_poll(payment: Payment, changes: dict[str, Any], evidence: Captured, now: datetime) -> dict[str, Any]:
    """`changes` and the next look: soon when there is more to be heard, and whoever asked may die before it is told."""
    look = next_poll(apply_changes(payment, changes), now)
    soon = schedule_poll(payment.order_id, now + FOLLOW_UP_POLL_DELAY)
    sooner = look["gsi2sk"] is None or look["gsi2sk"] > soon["gsi2sk"]
    return changes | (soon if evidence.has_pending_evidence and sooner else look)


def next_poll(payment: Payment, now: datetime) -> dict[str, Any]:
    """The timer while anything is on its way back: at once for what was not asked for yet, later and later after
    refunds that failed; else the one the payment has anyway. `payment` as it is going to be."""
    requests = payment.refund_requests.as_dict() if payment.status in HOLDING_FUNDS else {}
    beside = extra_captures(payment).values()
    tries = [requests[key].get("failed", 0) for key in open_requests(requests)]
    tries += [failed_count(each["refunds"]) for each in beside if refund_due(each)]
    if 0 in tries:
        return schedule_poll(payment.order_id, now)
    ways = [primary_capture(payment)["refunds"], *(each["refunds"] for each in beside)]
    pending = payment.status is PaymentStatus.REFUND_PENDING or any(
        sum_by_status(each, RefundStatus.PENDING) for each in ways
    )
    if tries or pending:
        return schedule_poll(payment.order_id, now + refund_poll_delay(sum(map(failed_count, ways))))
    if on_hold(payment):
        return schedule_poll(payment.order_id, now + ON_HOLD_POLL_DELAY)
    return next_unpaid_poll(payment, now) if payment.status is PaymentStatus.FAILED else cancel_poll()
