"""The one decision about money: (payment, enrollment, evidence, now) > what changes. Pure: no I/O, no clock.

Whoever brings the evidence, the answer depends on nothing but these four. What is already known changes nothing, so
every message may come twice, late, and in any order.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from shared import clock
from shared.db.entities import Enrollment, Payment
from shared.db.table.changes import apply_changes
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.enrollment_rules import activation_changes, cancellation_changes
from shared.settlement.balances import (
    extra_captures,
    has_unrefunded_extras,
    on_hold,
)
from shared.settlement.decision import (
    NO_CHANGE,
    Decision,
    Verdict,
    amount_matches,
    is_awaited_by,
    is_basis_of,
)
from shared.settlement.evidence import (
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    DisputeLost,
    Evidence,
    ManualRefund,
    NoPaymentFound,
    Refunded,
    RefundRejected,
    RefundRequested,
    RefundsUnchanged,
    SignedCheckout,
)
from shared.settlement.poll_schedule import (
    CAPTURE_GRACE,
    ON_HOLD_POLL_DELAY,
    next_poll,
    next_unpaid_poll,
    schedule_poll,
    with_next_poll,
)
from shared.settlement.refund_rules import (
    dispute_lost,
    manual_refund,
    refund_rejected,
    refund_requested,
    refunded,
    refunds_up_to_date,
)
from shared.settlement.surplus_rules import (
    hold_mismatched_capture,
    record_duplicate_capture,
    release_all_holds,
)

_AWAITING_PAYMENT: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})
_UNCAPTURED: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED})
_REGRANTABLE_REASONS: Final = frozenset({StatusReason.EXPIRED, StatusReason.NOT_CAPTURED, StatusReason.MISMATCH})
"""Cancelled by the lack of the right money alone: when it comes, the learner gets the course."""


def decide(
    payment: Payment, enrollment: Enrollment | None, evidence: Evidence, now: datetime, basis: Payment | None = None
) -> Decision:
    """`enrollment` is the payer's in the payment's course, None when there is none (an adopted order). `basis` is the
    other payment that the learner's access rests on, where money is captured beside it."""
    rule: Callable[..., Decision] = _RULES[type(evidence)]
    given = rule(payment, enrollment, evidence, now)
    reserved = basis is not None and basis.status is PaymentStatus.AUTHORIZED
    if isinstance(evidence, Captured) and reserved and given.payment.get("reason") is StatusReason.DUPLICATE:
        return _replace_authorized_basis(given, payment, evidence, now)
    return given


def _replace_authorized_basis(duplicate: Decision, payment: Payment, evidence: Captured, now: datetime) -> Decision:
    """Access that rests on money which is only reserved moves to money that is here: should the reserved not come, the
    learner keeps the course; should it come, it is the one paid twice."""
    kept = {**duplicate.payment, "status": PaymentStatus.CAPTURED, "reason": None}
    return Decision(Verdict.GRANTED, with_next_poll(payment, kept, evidence, now), {"granted_by": payment.order_id})


def _authorized(
    payment: Payment, enrollment: Enrollment | None, evidence: SignedCheckout | Authorized, now: datetime
) -> Decision:
    if payment.status is PaymentStatus.AUTHORIZED and evidence.payment_id == payment.payment_id:
        wrong = isinstance(evidence, Authorized) and not amount_matches(payment, evidence)
        return _hold_mismatched_authorization(payment, enrollment, now) if wrong else NO_CHANGE
    gone = evidence.payment_id in _voided_payment_ids(payment) or evidence.payment_id in extra_captures(payment)
    if payment.status not in _AWAITING_PAYMENT or gone:
        return NO_CHANGE
    right = (
        amount_matches(payment, evidence)
        if isinstance(evidence, Authorized)
        else payment.reason is not StatusReason.MISMATCH
    )
    if not right:
        doubtful = isinstance(evidence, SignedCheckout) and on_hold(payment)
        return _poll_soon(payment, now) if doubtful else _hold_mismatched_authorization(payment, enrollment, now)
    reserved = {
        "status": PaymentStatus.AUTHORIZED,
        "reason": None,
        "payment_id": evidence.payment_id,
        **schedule_poll(payment.order_id, now + CAPTURE_GRACE),
    }
    if _may_grant(enrollment):
        return Decision(Verdict.GRANTED, reserved, activation_changes(payment.order_id, now))
    return Decision(Verdict.RECORDED, reserved)


def _captured(payment: Payment, enrollment: Enrollment | None, evidence: Captured, now: datetime) -> Decision:
    if payment.status not in _UNCAPTURED or evidence.payment_id in extra_captures(payment):
        return record_duplicate_capture(payment, evidence, now)
    if not amount_matches(payment, evidence):
        return hold_mismatched_capture(payment, enrollment, evidence, now)
    ours = {
        "status": PaymentStatus.CAPTURED,
        "reason": None,
        "payment_id": evidence.payment_id,
        "captured_amount": evidence.amount,
        "captured_at": now,
        **release_all_holds(payment),
    }
    kept = with_next_poll(payment, ours, evidence, now)
    if is_basis_of(payment, enrollment):
        return Decision(Verdict.CAPTURED, kept)
    if _may_grant(enrollment):
        return Decision(Verdict.GRANTED, kept, activation_changes(payment.order_id, now))
    unwanted = (
        StatusReason.DUPLICATE if enrollment and enrollment.status.gives_access else StatusReason.NO_LONGER_WANTED
    )
    back = {**ours, "status": PaymentStatus.REFUND_PENDING, "reason": unwanted, **schedule_poll(payment.order_id, now)}
    return Decision(Verdict.REFUND_DUE, back)


def _attempt_failed(payment: Payment, _: Enrollment | None, __: AttemptFailed, ___: datetime) -> Decision:
    return Decision(Verdict.RECORDED) if payment.status is PaymentStatus.PENDING else NO_CHANGE


def _no_payment_found(payment: Payment, enrollment: Enrollment | None, _: NoPaymentFound, now: datetime) -> Decision:
    if payment.status not in _AWAITING_PAYMENT or has_unrefunded_extras(payment):
        return NO_CHANGE
    look = next_unpaid_poll(payment, now)
    if payment.status is PaymentStatus.FAILED or now < payment.window_ends_at:
        return NO_CHANGE if look["gsi2sk"] == payment.gsi2sk else Decision(Verdict.RECORDED, look)
    expired = {"status": PaymentStatus.FAILED, "reason": StatusReason.EXPIRED, **look}
    waits = is_awaited_by(payment, enrollment)
    return Decision(Verdict.EXPIRED, expired, cancellation_changes(StatusReason.EXPIRED, now) if waits else {})


def _authorization_voided(
    payment: Payment, enrollment: Enrollment | None, evidence: AuthorizationVoided, now: datetime
) -> Decision:
    """What went back is remembered: its checkout, or a late webhook that still calls it authorised, must not open the
    course again."""
    returned = _voided_payment_ids(payment)
    if payment.status not in _UNCAPTURED or evidence.payment_id in returned:
        return NO_CHANGE
    remembered = {"returned_payment_ids": [*returned, evidence.payment_id]}
    if payment.status is not PaymentStatus.AUTHORIZED or payment.payment_id != evidence.payment_id:
        return Decision(Verdict.RECORDED, remembered)
    why = StatusReason.MISMATCH if on_hold(payment) else StatusReason.NOT_CAPTURED
    lost = {"status": PaymentStatus.FAILED, "reason": why, **remembered}
    revoked = cancellation_changes(StatusReason.NOT_CAPTURED, now) if is_basis_of(payment, enrollment) else {}
    return Decision(Verdict.REVOKED, lost | next_poll(apply_changes(payment, lost), now), revoked)


def _hold_mismatched_authorization(payment: Payment, enrollment: Enrollment | None, now: datetime) -> Decision:
    """Reserved money that is not what the order asked for: never captured nor granted, and the access is taken back
    where a checkout was believed before the amount was known."""
    if payment.reason is StatusReason.MISMATCH and payment.gsi2sk and payment.gsi2sk > clock.text(now):
        return NO_CHANGE
    kept = {"reason": StatusReason.MISMATCH, **schedule_poll(payment.order_id, now + ON_HOLD_POLL_DELAY)}
    return Decision(
        Verdict.ON_HOLD,
        kept,
        cancellation_changes(StatusReason.MISMATCH, now) if is_basis_of(payment, enrollment) else {},
    )


def _poll_soon(payment: Payment, now: datetime) -> Decision:
    """A checkout on an order with money that is held: whether it is about the right money only the gateway can tell."""
    soon = schedule_poll(payment.order_id, now + CAPTURE_GRACE)
    later = payment.gsi2sk is None or payment.gsi2sk > soon["gsi2sk"]
    return Decision(Verdict.RECORDED, soon) if later else NO_CHANGE


def _voided_payment_ids(payment: Payment) -> list[str]:
    return list(payment.returned_payment_ids or ())


def _may_grant(enrollment: Enrollment | None) -> bool:
    if enrollment is None or enrollment.status is EnrollmentStatus.PENDING:
        return True
    return enrollment.status is EnrollmentStatus.CANCELLED and enrollment.reason in _REGRANTABLE_REASONS


_RULES: Final[dict[type, Callable[..., Decision]]] = {
    SignedCheckout: _authorized,
    Authorized: _authorized,
    Captured: _captured,
    AttemptFailed: _attempt_failed,
    NoPaymentFound: _no_payment_found,
    AuthorizationVoided: _authorization_voided,
    Refunded: refunded,
    RefundRequested: refund_requested,
    RefundsUnchanged: refunds_up_to_date,
    RefundRejected: refund_rejected,
    DisputeLost: dispute_lost,
    ManualRefund: manual_refund,
}
