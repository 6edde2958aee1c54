"""Rules for an order without a payment: its window ends, or another order supersedes it. Pure."""

from datetime import datetime
from typing import Final

from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import unresolved_payments
from shared.domain.changes import UNCHANGED, PaymentChanges
from shared.domain.coupons import CouponState
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.settlement.balances import has_unrefunded_extras
from shared.settlement.decision import HELD_REASONS, NO_CHANGE, Decision, Verdict, is_awaited_by
from shared.settlement.poll_schedule import next_poll_while_unpaid

UNPAID: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})


def no_payment_found(payment: Payment, enrollment: Enrollment | None, now: datetime) -> Decision:
    """A pending order expires at the end of its window, with the enrollment that waits for it. Before that, and once it
    has failed, only its next poll moves. An order with an unrefunded extra capture stays as it is, and one with an
    unresolved attempt is polled further."""
    if payment.status not in UNPAID or has_unrefunded_extras(payment):
        return NO_CHANGE
    next_poll_at = next_poll_while_unpaid(payment, now)
    expires = payment.status is PaymentStatus.PENDING and now >= payment.window_ends_at
    if not expires:
        if next_poll_at == payment.next_poll_at or unresolved_payments(payment):
            return NO_CHANGE
        return Decision(Verdict.RECORDED, PaymentChanges(next_poll_at=next_poll_at))
    reason = UNCHANGED if payment.reason is StatusReason.ORPHANED else StatusReason.EXPIRED
    expired = PaymentChanges(status=PaymentStatus.FAILED, reason=reason, next_poll_at=next_poll_at)
    ends = is_awaited_by(payment, enrollment)
    return Decision(Verdict.EXPIRED, expired, cancellation_changes(StatusReason.EXPIRED, now) if ends else None)


def superseded_changes(payment: Payment, now: datetime) -> PaymentChanges:
    """The changes of a pending payment that another order supersedes. It fails, and is polled further, because the
    order can still be paid; once even after its final poll, because no sweep may have run in all that time. One that
    has a claim on a coupon is polled at once if its window has ended: that poll gives the claim back."""
    keeps_claim = payment.coupon_state is CouponState.CLAIMED and now >= payment.window_ends_at
    return PaymentChanges(
        status=PaymentStatus.FAILED,
        reason=payment.reason if payment.reason in HELD_REASONS else StatusReason.SUPERSEDED,
        next_poll_at=now if keeps_claim else next_poll_while_unpaid(payment, now) or now,
    )
