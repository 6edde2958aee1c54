"""I6: everything unsettled has a scheduled poll, and the sweep keeps up with the polls that are due."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from functions.payments.invariants.independent_totals import has_open_dispute, refund_statuses
from functions.payments.invariants.ledger import Breach, Ledger, next_poll_at
from shared import clock
from shared.db.entities import Enrollment, Payment
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason

_UNSETTLED: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.REFUND_PENDING})

_UNPAID_POLL_PERIOD: Final = timedelta(days=6)
"""How long after its window an unpaid order is polled."""

_MAX_AUTHORIZATION_AGE: Final = timedelta(days=7)
"""Longer than Razorpay keeps an uncaptured authorization."""


def check_payment_polls(ledger: Ledger) -> Iterator[Breach]:
    """I6. A payment that is not settled, or has a pending refund, an open dispute or an unresolved attempt, has a
    scheduled poll."""
    for payment in ledger.payments.values():
        if next_poll_at(payment) is not None:
            continue
        if payment.status in _UNSETTLED or _is_polled_after_failure(payment, ledger.as_of):
            yield Breach("I6", payment.order_id, f"{payment.status} ({payment.reason}), but no poll is scheduled")
        if {"pending", "unknown"} & refund_statuses(payment):
            yield Breach("I6", payment.order_id, "a refund is pending, but no poll is scheduled")
        if has_open_dispute(payment):
            yield Breach("I6", payment.order_id, "a dispute is open, but no poll is scheduled")
        if payment.unresolved:
            yield Breach("I6", payment.order_id, "an attempt is unresolved, but no poll is scheduled")


def _is_polled_after_failure(payment: Payment, now: datetime) -> bool:
    """Whether the order failed and is still polled: it can still be paid, because the gateway cannot cancel it."""
    return payment.status is PaymentStatus.FAILED and now < payment.window_ends_at + _UNPAID_POLL_PERIOD


def check_enrollment_polls(ledger: Ledger) -> Iterator[Breach]:
    """I6. A pending enrollment has a scheduled poll of its own, or waits for a pending payment."""
    for learner, enrollment in ledger.enrollments.items():
        if enrollment.status is not EnrollmentStatus.PENDING or next_poll_at(enrollment):
            continue
        awaited = ledger.payments.get(enrollment.order_id or "")
        if awaited is None or awaited.status is not PaymentStatus.PENDING:
            state = awaited.status if awaited else "unknown"
            yield Breach("I6", str(learner), f"waits for {enrollment.order_id}, which is {state}")


def check_not_overdue(ledger: Ledger, limit: datetime) -> Iterator[Breach]:
    """I6. No poll has been due since before `limit` (UTC). Times are compared in milliseconds, as they are stored."""
    polled: dict[str, Payment | Enrollment] = {**ledger.payments}
    polled |= {str(learner): enrollment for learner, enrollment in ledger.enrollments.items()}
    for subject, item in polled.items():
        due = next_poll_at(item)
        if due is not None and clock.text(due) < clock.text(limit):
            yield Breach("I6", subject, f"{item.status}, poll due since {clock.text(due)}")


def check_not_stuck(ledger: Ledger, limit: datetime) -> Iterator[Breach]:
    """I6. Every order whose window ended before `limit` (UTC) is settled, and no authorization is older than the
    gateway keeps one. The sweep reschedules such orders after each poll, so `check_not_overdue` does not find them."""
    for payment in ledger.payments.values():
        settled_by = must_be_settled_by(payment)
        if settled_by is None or settled_by >= limit:
            continue
        if payment.status is PaymentStatus.PENDING:
            ended = clock.text(payment.window_ends_at)
            yield Breach("I6", payment.order_id, f"pending, but its order window ended at {ended}")
        else:
            since = clock.text(payment.updated_at)
            yield Breach("I6", payment.order_id, f"authorized since {since}, but neither captured nor voided")


def must_be_settled_by(payment: Payment) -> datetime | None:
    """When a payment that is not settled yet must be (UTC); None if that depends on other times."""
    on_hold = payment.reason in (StatusReason.MISMATCH, StatusReason.ORPHANED)
    if payment.status is PaymentStatus.PENDING and not on_hold:
        return payment.window_ends_at
    if payment.status is PaymentStatus.AUTHORIZED:
        return payment.updated_at + _MAX_AUTHORIZATION_AGE
    return None
