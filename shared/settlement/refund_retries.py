"""When Razorpay is asked again for a refund that failed or that it rejected. Pure."""

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
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.balances import (
    HOLDING_FUNDS,
    due_extra_refund,
    has_open_dispute,
    open_requests,
    unrequested_balance,
)

_REFUND_POLL_DELAY: Final = timedelta(minutes=15)
_MAX_REFUND_POLL_DELAY: Final = timedelta(days=1)


def refund_poll_delay(failed: int) -> timedelta:
    """How long to wait before a refund is polled: doubled for each failed refund, one day at most."""
    return min(_REFUND_POLL_DELAY * (1 << min(failed, 10)), _MAX_REFUND_POLL_DELAY)


def retry_of_rejected_refund(payment: Payment, now: datetime) -> datetime | None:
    """When to ask Razorpay again for a due refund that it rejected, and rejects again for whatever reason: after the
    time since its first rejection, so that the delay doubles with each attempt, at least 15 minutes and at most a day.
    None when no refund is due, one of them was not rejected (Razorpay did not answer, or its refund failed), or an
    attempt is unresolved: these are polled more often."""
    rejections = list(_rejections_of_due_refunds(payment))
    if payment.unresolved or not rejections or not all(rejections):
        return None
    since = payment.refund_refused_since or payment.updated_at
    return now + min(max(now - since, _REFUND_POLL_DELAY), _MAX_REFUND_POLL_DELAY)


def with_retry_of_refund(
    payment: Payment, changes: PaymentChanges, now: datetime, *, was_rejected: bool
) -> PaymentChanges:
    """`changes` of a rejection that is recorded, with their next poll, delayed as `retry_of_rejected_refund` says.
    `was_rejected`: whether the same refund was rejected before; otherwise the delays start again. Razorpay's reason has
    no influence: it may contain an id or an amount, so that no two are equal."""
    known_since = payment.refund_refused_since or payment.updated_at
    noted = replace(changes, refund_rejected_since=known_since if was_rejected else now)
    after = apply_payment_changes(payment, noted)
    if not has_rejected_refund(after):
        return changes
    scheduled, retry = changes.next_poll_at, retry_of_rejected_refund(after, now)
    if retry and isinstance(scheduled, datetime) and now < scheduled < retry:
        return replace(noted, next_poll_at=retry)
    return noted


def has_rejected_refund(payment: Payment) -> bool:
    """Whether Razorpay rejected a refund that is still due."""
    return any(_rejections_of_due_refunds(payment))


def _rejections_of_due_refunds(payment: Payment) -> Iterator[bool]:
    """For each due refund: whether Razorpay rejected the latest attempt. The rest of the primary capture counts as
    rejected with a request of it: the same reason is stored for both, and Razorpay is asked for both in each poll."""
    primary = primary_capture(payment)
    if payment.status in HOLDING_FUNDS and not has_open_dispute(primary):
        for request in open_requests(refund_requests(payment)).values():
            yield request.rejection is not None
        if payment.status is PaymentStatus.REFUND_PENDING and unrequested_balance(payment) > 0:
            yield primary.rejection is not None
    for capture in extra_captures(payment).values():
        if due_extra_refund(capture):
            yield capture.rejection is not None
