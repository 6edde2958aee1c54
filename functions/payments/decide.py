"""The one decision about money: (payment, enrollment, evidence, now) > what changes. Pure: no I/O, no clock.

Whoever brings the evidence, the answer depends on nothing but these four. What is already known changes nothing, so
every message may come twice, late, and in any order.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from functions.payments.decide_refunds import (
    dispute_lost,
    nothing_new,
    refund_refused,
    refund_requested,
    refunded,
    returned_by_hand,
)
from functions.payments.decide_surplus import captured_beside, held_aside, released
from functions.payments.decision import KNOWN, Decision, Verdict, agrees, rests_on, waits_for
from functions.payments.evidence import (
    AttemptFailed,
    Authorized,
    Captured,
    DisputeLost,
    Evidence,
    NotCaptured,
    NothingNew,
    NothingPaid,
    Refunded,
    RefundRefused,
    RefundRequested,
    ReturnedByHand,
    SignedCheckout,
)
from functions.payments.giving_back import held, look_again, surplus, unsettled, watched
from functions.payments.timers import CAPTURE_GRACE, QUARANTINE_LOOK, next_look, timer
from shared import clock
from shared.db.changes import changed
from shared.db.entities import Enrollment, Payment
from shared.enrolling import activation, cancellation
from shared.lifecycle import EnrollmentStatus, PaymentStatus, Reason

_WAITING_FOR_MONEY: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})
_OPEN: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED})
_GRANTS_AGAIN: Final = frozenset({Reason.EXPIRED, Reason.NOT_CAPTURED, Reason.MISMATCH})
"""Cancelled by the lack of the right money alone: when it comes, the learner gets the course."""


def decide(
    payment: Payment, enrollment: Enrollment | None, evidence: Evidence, now: datetime, basis: Payment | None = None
) -> Decision:
    """`enrollment` is the payer's in the payment's course, None when there is none (an adopted order). `basis` is the
    other payment that the learner's access rests on, where money is captured beside it."""
    rule: Callable[..., Decision] = _RULES[type(evidence)]
    given = rule(payment, enrollment, evidence, now)
    reserved = basis is not None and basis.status is PaymentStatus.AUTHORIZED
    if isinstance(evidence, Captured) and reserved and given.payment.get("reason") is Reason.DUPLICATE:
        return _taken_over(given, payment, evidence, now)
    return given


def _taken_over(duplicate: Decision, payment: Payment, evidence: Captured, now: datetime) -> Decision:
    """Access that rests on money which is only reserved moves to money that is here: should the reserved not come, the
    learner keeps the course; should it come, it is the one paid twice."""
    kept = {**duplicate.payment, "status": PaymentStatus.CAPTURED, "reason": None}
    return Decision(Verdict.GRANTED, watched(payment, kept, evidence, now), {"granted_by": payment.order_id})


def _authorized(
    payment: Payment, enrollment: Enrollment | None, evidence: SignedCheckout | Authorized, now: datetime
) -> Decision:
    if payment.status is PaymentStatus.AUTHORIZED and evidence.payment_id == payment.payment_id:
        wrong = isinstance(evidence, Authorized) and not agrees(payment, evidence)
        return _quarantine(payment, enrollment, now) if wrong else KNOWN
    gone = evidence.payment_id in _returned(payment) or evidence.payment_id in surplus(payment)
    if payment.status not in _WAITING_FOR_MONEY or gone:
        return KNOWN
    right = agrees(payment, evidence) if isinstance(evidence, Authorized) else payment.reason is not Reason.MISMATCH
    if not right:
        doubtful = isinstance(evidence, SignedCheckout) and held(payment)
        return _look_soon(payment, now) if doubtful else _quarantine(payment, enrollment, now)
    reserved = {
        "status": PaymentStatus.AUTHORIZED,
        "reason": None,
        "payment_id": evidence.payment_id,
        **timer(payment.order_id, now + CAPTURE_GRACE),
    }
    if _may_grant(enrollment):
        return Decision(Verdict.GRANTED, reserved, activation(payment.order_id, now))
    return Decision(Verdict.RECORDED, reserved)


def _captured(payment: Payment, enrollment: Enrollment | None, evidence: Captured, now: datetime) -> Decision:
    if payment.status not in _OPEN or evidence.payment_id in surplus(payment):
        return captured_beside(payment, evidence, now)
    if not agrees(payment, evidence):
        return held_aside(payment, enrollment, evidence, now)
    ours = {
        "status": PaymentStatus.CAPTURED,
        "reason": None,
        "payment_id": evidence.payment_id,
        "captured_amount": evidence.amount,
        "captured_at": now,
        **released(payment),
    }
    kept = watched(payment, ours, evidence, now)
    if rests_on(payment, enrollment):
        return Decision(Verdict.CAPTURED, kept)
    if _may_grant(enrollment):
        return Decision(Verdict.GRANTED, kept, activation(payment.order_id, now))
    unwanted = Reason.DUPLICATE if enrollment and enrollment.status.gives_access else Reason.NOT_WANTED
    back = {**ours, "status": PaymentStatus.REFUND_PENDING, "reason": unwanted, **timer(payment.order_id, now)}
    return Decision(Verdict.TO_REFUND, back)


def _attempt_failed(payment: Payment, _: Enrollment | None, __: AttemptFailed, ___: datetime) -> Decision:
    return Decision(Verdict.RECORDED) if payment.status is PaymentStatus.PENDING else KNOWN


def _nothing_paid(payment: Payment, enrollment: Enrollment | None, _: NothingPaid, now: datetime) -> Decision:
    if payment.status not in _WAITING_FOR_MONEY or unsettled(payment):
        return KNOWN
    look = next_look(payment, now)
    if payment.status is PaymentStatus.FAILED or now < payment.window_ends_at:
        return KNOWN if look["gsi2sk"] == payment.gsi2sk else Decision(Verdict.RECORDED, look)
    expired = {"status": PaymentStatus.FAILED, "reason": Reason.EXPIRED, **look}
    waits = waits_for(payment, enrollment)
    return Decision(Verdict.EXPIRED, expired, cancellation(Reason.EXPIRED, now) if waits else {})


def _not_captured(payment: Payment, enrollment: Enrollment | None, evidence: NotCaptured, now: datetime) -> Decision:
    """What went back is remembered: its checkout, or a late webhook that still calls it authorised, must not open the
    course again."""
    returned = _returned(payment)
    if payment.status not in _OPEN or evidence.payment_id in returned:
        return KNOWN
    remembered = {"returned_payment_ids": [*returned, evidence.payment_id]}
    if payment.status is not PaymentStatus.AUTHORIZED or payment.payment_id != evidence.payment_id:
        return Decision(Verdict.RECORDED, remembered)
    why = Reason.MISMATCH if held(payment) else Reason.NOT_CAPTURED
    lost = {"status": PaymentStatus.FAILED, "reason": why, **remembered}
    revoked = cancellation(Reason.NOT_CAPTURED, now) if rests_on(payment, enrollment) else {}
    return Decision(Verdict.REVOKED, lost | look_again(changed(payment, lost), now), revoked)


def _quarantine(payment: Payment, enrollment: Enrollment | None, now: datetime) -> Decision:
    """Reserved money that is not what the order asked for: never captured nor granted, and the access is taken back
    where a checkout was believed before the amount was known."""
    if payment.reason is Reason.MISMATCH and payment.gsi2sk and payment.gsi2sk > clock.text(now):
        return KNOWN
    kept = {"reason": Reason.MISMATCH, **timer(payment.order_id, now + QUARANTINE_LOOK)}
    return Decision(
        Verdict.QUARANTINED, kept, cancellation(Reason.MISMATCH, now) if rests_on(payment, enrollment) else {}
    )


def _look_soon(payment: Payment, now: datetime) -> Decision:
    """A checkout on an order with money that is held: whether it is about the right money only the gateway can tell."""
    soon = timer(payment.order_id, now + CAPTURE_GRACE)
    later = payment.gsi2sk is None or payment.gsi2sk > soon["gsi2sk"]
    return Decision(Verdict.RECORDED, soon) if later else KNOWN


def _returned(payment: Payment) -> list[str]:
    return list(payment.returned_payment_ids or ())


def _may_grant(enrollment: Enrollment | None) -> bool:
    if enrollment is None or enrollment.status is EnrollmentStatus.PENDING:
        return True
    return enrollment.status is EnrollmentStatus.CANCELLED and enrollment.reason in _GRANTS_AGAIN


_RULES: Final[dict[type, Callable[..., Decision]]] = {
    SignedCheckout: _authorized,
    Authorized: _authorized,
    Captured: _captured,
    AttemptFailed: _attempt_failed,
    NothingPaid: _nothing_paid,
    NotCaptured: _not_captured,
    Refunded: refunded,
    RefundRequested: refund_requested,
    NothingNew: nothing_new,
    RefundRefused: refund_refused,
    DisputeLost: dispute_lost,
    ReturnedByHand: returned_by_hand,
}
