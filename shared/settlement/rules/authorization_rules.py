"""Rules for authorizations: they grant access, are voided, or wait for their capture. Pure."""

from dataclasses import replace
from datetime import datetime

from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import extra_captures, unresolved_payments, voided_payment_ids
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import activation_changes, cancellation_changes
from shared.settlement.balances import on_hold
from shared.settlement.decision import (
    HELD_REASONS,
    NO_CHANGE,
    UNCAPTURED,
    Decision,
    Verdict,
    held_reason,
    is_basis_of,
    may_grant,
)
from shared.settlement.evidence import AuthorizationVoided, Authorized, SignedCheckout
from shared.settlement.poll_schedule import CAPTURE_GRACE, ON_HOLD_POLL_DELAY, with_next_poll
from shared.settlement.rules.amount_rules import AmountCheck, AmountPolicy, check_amount
from shared.settlement.rules.order_rules import UNPAID


def checkout_signed(
    payment: Payment, enrollment: Enrollment | None, evidence: SignedCheckout, now: datetime
) -> Decision:
    if not _can_be_authorized(payment, evidence.payment_id):
        return NO_CHANGE
    if payment.reason in HELD_REASONS:
        return _poll_soon(payment, now)  # only Razorpay can tell whether the checkout is of a matching payment
    return _record_authorization(payment, enrollment, evidence.payment_id, now)


def authorized(
    payment: Payment, enrollment: Enrollment | None, evidence: Authorized, now: datetime, policy: AmountPolicy
) -> Decision:
    """An authorization of another amount that a rule accepts, or may accept once the fee is known, neither grants nor
    ends access: its capture decides."""
    known = _is_authorized_by(payment, evidence.payment_id)
    if not known and not _can_be_authorized(payment, evidence.payment_id):
        return NO_CHANGE
    check = check_amount(payment, evidence, policy)
    if check is AmountCheck.UNEXPLAINED:
        return _hold_mismatched_authorization(payment, enrollment, now)
    if known:
        return NO_CHANGE
    if check is AmountCheck.MATCHES:
        return _record_authorization(payment, enrollment, evidence.payment_id, now)
    return _poll_soon(payment, now)


def authorization_voided(
    payment: Payment, enrollment: Enrollment | None, evidence: AuthorizationVoided, now: datetime
) -> Decision:
    """The attempt is remembered as voided: its checkout, or a late webhook that still reports it as authorized, must
    not grant the course again."""
    voided = voided_payment_ids(payment)
    may_matter = payment.status in UNCAPTURED or evidence.payment_id in unresolved_payments(payment)
    if not may_matter or evidence.payment_id in voided:
        return NO_CHANGE
    recorded = PaymentChanges(voided_payment_ids=(*voided, evidence.payment_id))
    if payment.status is not PaymentStatus.AUTHORIZED or payment.payment_id != evidence.payment_id:
        return Decision(Verdict.RECORDED, recorded)
    reason = StatusReason.MISMATCH if on_hold(payment) else StatusReason.NOT_CAPTURED
    failed = replace(recorded, status=PaymentStatus.FAILED, reason=reason)
    ends = is_basis_of(payment, enrollment)
    return Decision(
        Verdict.REVOKED,
        with_next_poll(payment, failed, now),
        cancellation_changes(StatusReason.NOT_CAPTURED, now) if ends else None,
    )


def _record_authorization(payment: Payment, enrollment: Enrollment | None, payment_id: str, now: datetime) -> Decision:
    changes = PaymentChanges(
        status=PaymentStatus.AUTHORIZED, reason=None, payment_id=payment_id, next_poll_at=now + CAPTURE_GRACE
    )
    if may_grant(enrollment):
        return Decision(Verdict.GRANTED, changes, activation_changes(payment.order_id, now))
    return Decision(Verdict.RECORDED, changes)


def _is_authorized_by(payment: Payment, payment_id: str) -> bool:
    """Whether this attempt is recorded as the payment's authorization."""
    return bool(payment.status is PaymentStatus.AUTHORIZED and payment_id == payment.payment_id)


def _can_be_authorized(payment: Payment, payment_id: str) -> bool:
    return payment.status in UNPAID and not _authorization_ended(payment, payment_id)


def _authorization_ended(payment: Payment, payment_id: str) -> bool:
    """Whether this attempt is known as voided, or as an extra capture."""
    return payment_id in voided_payment_ids(payment) or payment_id in extra_captures(payment)


def _hold_mismatched_authorization(payment: Payment, enrollment: Enrollment | None, now: datetime) -> Decision:
    """An authorization of another amount or currency is never captured and never grants access. It ends the access of
    a checkout that was accepted before the amount was known."""
    due = payment.next_poll_at
    if payment.reason in HELD_REASONS and due and due > now:
        return NO_CHANGE
    ends = is_basis_of(payment, enrollment)
    return Decision(
        Verdict.ON_HOLD,
        PaymentChanges(reason=held_reason(payment), next_poll_at=now + ON_HOLD_POLL_DELAY),
        cancellation_changes(StatusReason.MISMATCH, now) if ends else None,
    )


def _poll_soon(payment: Payment, now: datetime) -> Decision:
    """Schedules a poll after the time in which Razorpay captures by itself, unless one is due before."""
    soon, due = now + CAPTURE_GRACE, payment.next_poll_at
    if due and due <= soon:
        return NO_CHANGE
    return Decision(Verdict.RECORDED, PaymentChanges(next_poll_at=soon))
