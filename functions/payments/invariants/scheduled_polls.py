"""I6: whatever waits is looked at again, and not long after it is due."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from functions.payments.invariants.independent_totals import refund_statuses
from functions.payments.invariants.ledger import Breach, Ledger, next_poll_at
from shared import clock
from shared.db.entities import Enrollment, Payment
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason

_UNSETTLED: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.REFUND_PENDING})

_UNPAID_POLL_PERIOD: Final = timedelta(days=6)
"""How long after its window an order that was not paid is looked at."""

_MAX_AUTHORIZATION_AGE: Final = timedelta(days=7)
"""Longer than a gateway keeps money that is only authorised."""


def check_polls_scheduled(ledger: Ledger, now: datetime) -> Iterator[Breach]:
    for payment in ledger.payments.values():
        last_look = payment.window_ends_at + _UNPAID_POLL_PERIOD
        late = payment.status is PaymentStatus.FAILED and now < last_look
        if (payment.status in _UNSETTLED or late) and next_poll_at(payment) is None:
            yield Breach("I6", payment.order_id, f"{payment.status} ({payment.reason}), and nobody looks at it again")
        if next_poll_at(payment) is None and "pending" in refund_statuses(payment):
            yield Breach("I6", payment.order_id, "a refund is on its way, and nobody looks at it again")
    for learner, enrollment in ledger.enrollments.items():
        if enrollment.status is not EnrollmentStatus.PENDING or next_poll_at(enrollment):
            continue
        awaited = ledger.payments.get(enrollment.order_id or "")
        if awaited is None or awaited.status is not PaymentStatus.PENDING:
            detail = f"waits for {enrollment.order_id}, which is {awaited.status if awaited else 'nowhere'}"
            yield Breach("I6", " ".join(learner), detail)


def check_not_overdue(ledger: Ledger, limit: datetime) -> Iterator[Breach]:
    """Timers that were due before `limit`."""
    waiting: list[tuple[str, Payment | Enrollment]] = [*ledger.payments.items()]
    waiting += [(" ".join(learner), each) for learner, each in ledger.enrollments.items()]
    for subject, item in waiting:
        at = next_poll_at(item)
        if at and at < clock.text(limit):
            yield Breach("I6", subject, f"{item.status}, due since {at}")


def check_not_stuck(ledger: Ledger, limit: datetime) -> Iterator[Breach]:
    """Orders whose window ended before `limit`, and which nobody could settle: their timers are put off, never due."""
    for payment in ledger.payments.values():
        kept_aside = payment.reason is StatusReason.MISMATCH
        if payment.status is PaymentStatus.PENDING and payment.window_ends_at < limit and not kept_aside:
            yield Breach("I6", payment.order_id, f"pending, though its window ended {payment.window_ends_at}")
        if payment.status is PaymentStatus.AUTHORIZED and payment.updated_at + _MAX_AUTHORIZATION_AGE < limit:
            yield Breach("I6", payment.order_id, f"authorized, and nothing came of it since {payment.updated_at}")
