"""When the sweep polls Razorpay about a payment next. Pure. Razorpay cannot cancel an order, so a failed one is polled
for days."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from shared.db.entities import Payment
from shared.db.payments.payment_attributes import (
    apply_payment_changes,
    extra_captures,
    primary_capture,
    refund_requests,
)
from shared.domain.captures import CapturedPayment, Refunds
from shared.domain.changes import PaymentChanges
from shared.domain.coupons import CouponState
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.balances import (
    HOLDING_FUNDS,
    due_extra_refund,
    failed_count,
    has_excess_refunds,
    has_open_dispute,
    on_hold,
    open_requests,
    pending_amount,
)
from shared.settlement.evidence import Captured
from shared.settlement.refund_retries import has_rejected_refund, refund_poll_delay

CAPTURE_GRACE: Final = timedelta(minutes=15)
"""Razorpay captures an authorized payment by itself within minutes. After that the sweep captures it."""
FOLLOW_UP_POLL_DELAY: Final = timedelta(minutes=15)
UNRESOLVED_POLL_DELAY: Final = timedelta(minutes=15)
"""After an attempt was reported that may have succeeded beside the primary payment."""
ON_HOLD_POLL_DELAY: Final = timedelta(days=1)
_DISPUTE_POLL_DELAY: Final = timedelta(days=1)
"""Banks take weeks to decide about a dispute."""

_POLL_DELAYS_WHILE_OPEN: Final = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 15, 22.5))
"""Since the creation of the order. With the end of a window of 30 minutes, no two polls are more than seven and a half
minutes apart. A run begins up to five minutes after a poll is due, so a closed browser and a lost webhook cost a
learner less than 15 minutes while a run takes less than two and a half (alarm `sweep-slow`)."""
_POLL_DELAYS_AFTER_EXPIRY: Final = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=6),
)
"""Since the end of the window. Razorpay waits up to three days for a late payment, and refunds it after five days."""

_MIN_BACKOFF: Final = timedelta(minutes=4)
_MAX_BACKOFF: Final = timedelta(days=1)


def backoff_until(unchanged_since: datetime, now: datetime) -> datetime:
    """When to process an item again that the sweep processed without progress: in the next run at first. Items that
    make no progress are polled less and less often (at most daily), so they cannot starve the rest of the sweep."""
    return now + min(max((now - unchanged_since) / 4, _MIN_BACKOFF), _MAX_BACKOFF)


def next_poll_while_unpaid(payment: Payment, now: datetime) -> datetime | None:
    """The first scheduled poll of an unpaid order after `now`; None after the final one."""
    return next((moment for moment in _polls_while_unpaid(payment) if moment > now), None)


def _polls_while_unpaid(payment: Payment) -> Iterator[datetime]:
    if payment.status is PaymentStatus.PENDING:
        while_open = (payment.created_at + delay for delay in _POLL_DELAYS_WHILE_OPEN)
        yield from (moment for moment in while_open if moment < payment.window_ends_at)
    if payment.status is PaymentStatus.PENDING or payment.coupon_state is CouponState.CLAIMED:
        yield payment.window_ends_at
    yield from (payment.window_ends_at + delay for delay in _POLL_DELAYS_AFTER_EXPIRY)


def next_poll(payment: Payment, now: datetime) -> datetime | None:
    """The next poll of `payment`, which is the payment as it will be stored.

    Now for a due refund that Razorpay was never asked for; after a delay that doubles with each failed refund while
    refunds are due or pending; after 15 minutes while the refunds of a capture exceed it, and a poll without news is
    followed by another one, less and less often; after a day while a capture is on hold or a dispute is open; by the
    plan of unpaid orders for a failed payment. None otherwise: callers keep the scheduled poll of a pending or an
    authorized payment."""
    failed_counts = list(_failed_counts_of_due_refunds(payment))
    if 0 in failed_counts:  # Razorpay was never asked for one of them
        return now
    if failed_counts or _awaits_refund(payment):
        return now + refund_poll_delay(sum(map(failed_count, _all_refunds(payment))))
    if any(map(has_excess_refunds, _all_captures(payment))):
        return now + FOLLOW_UP_POLL_DELAY
    if on_hold(payment):
        return now + ON_HOLD_POLL_DELAY
    if any(map(has_open_dispute, _all_captures(payment))):
        return now + _DISPUTE_POLL_DELAY
    return next_poll_while_unpaid(payment, now) if payment.status is PaymentStatus.FAILED else None


def _failed_counts_of_due_refunds(payment: Payment) -> Iterator[int]:
    """For each refund that Razorpay has still to be asked for: how many refunds failed already; a rejection counts as
    one. Refunds of a disputed capture wait for the end of the dispute."""
    if payment.status in HOLDING_FUNDS and not has_open_dispute(primary_capture(payment)):
        for request in open_requests(refund_requests(payment)).values():
            yield request.failed or int(request.rejection is not None)
    for capture in extra_captures(payment).values():
        if due_extra_refund(capture):
            yield failed_count(capture.refunds) or int(capture.rejection is not None)


def _awaits_refund(payment: Payment) -> bool:
    pending = map(pending_amount, _all_refunds(payment))
    is_due = payment.status is PaymentStatus.REFUND_PENDING and not has_open_dispute(primary_capture(payment))
    return is_due or any(pending)


def _all_captures(payment: Payment) -> list[CapturedPayment]:
    return [primary_capture(payment), *extra_captures(payment).values()]


def _all_refunds(payment: Payment) -> list[Refunds]:
    """The refunds of each capture on the order."""
    return [capture.refunds for capture in _all_captures(payment)]


def due_refund_poll(capture: CapturedPayment, now: datetime) -> datetime:
    """When to request a refund of `capture` that was just decided: now, or after a day while a dispute is open."""
    return now + _DISPUTE_POLL_DELAY if has_open_dispute(capture) else now


def with_next_poll(payment: Payment, changes: PaymentChanges, now: datetime) -> PaymentChanges:
    """`changes` and the next poll that follows from them. The time of the first rejection goes once no rejected refund
    is due."""
    after = apply_payment_changes(payment, changes)
    if payment.refund_refused_since and not has_rejected_refund(after):
        changes = replace(changes, refund_rejected_since=None)
    return replace(changes, next_poll_at=next_poll(after, now))


def with_follow_up_poll(payment: Payment, changes: PaymentChanges, evidence: Captured, now: datetime) -> PaymentChanges:
    """`changes` and the next poll that follows from them, in 15 minutes at the latest if more evidence is still to be
    applied: the process may crash before it applies it."""
    scheduled = next_poll(apply_payment_changes(payment, changes), now)
    if evidence.has_pending_evidence:
        scheduled = _no_later_than(now + FOLLOW_UP_POLL_DELAY, scheduled)
    return replace(changes, next_poll_at=scheduled)


def with_poll_of_excess_refunds(
    payment: Payment, capture: CapturedPayment, changes: PaymentChanges, now: datetime
) -> PaymentChanges:
    """`changes` of `payment`, with a poll in 15 minutes at the latest if the refunds of `capture` exceed it: one of
    them failed."""
    if not has_excess_refunds(capture):
        return changes
    scheduled = apply_payment_changes(payment, changes).next_poll_at
    polled_at = _no_later_than(now + FOLLOW_UP_POLL_DELAY, scheduled)
    return changes if polled_at == scheduled else replace(changes, next_poll_at=polled_at)


def _no_later_than(latest: datetime, scheduled: datetime | None) -> datetime:
    """The scheduled poll, or one at `latest` if none is scheduled or it is later."""
    return latest if scheduled is None else min(scheduled, latest)


def with_final_poll(payment: Payment, changes: PaymentChanges, now: datetime) -> PaymentChanges:
    """`changes` after a reversal. When they end a poll that was scheduled, Razorpay's refunds are polled once more in
    15 minutes: a refund may have been created whose response was lost."""
    if payment.next_poll_at and changes.next_poll_at is None:
        return replace(changes, next_poll_at=now + FOLLOW_UP_POLL_DELAY)
    return changes
