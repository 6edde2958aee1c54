"""The one decision about money: (payment, enrollment, evidence, now) > what changes. Pure: no I/O, no clock.

Whoever brings the evidence, the answer depends on nothing but these four. What is already known changes nothing, so
every message may come twice, late, and in any order.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, auto
from typing import Any, Final

from functions.payments.evidence import (
    AttemptFailed,
    Authorized,
    Captured,
    DisputeLost,
    Evidence,
    NotCaptured,
    NothingPaid,
    Refunded,
    RefundRequested,
    RefundStatus,
    SignedCheckout,
)
from functions.payments.timers import CAPTURE_GRACE, QUARANTINE_LOOK, next_look, no_timer, refund_look, timer
from shared import clock
from shared.db.entities import Enrollment, Payment
from shared.enrolling import activation, cancellation
from shared.lifecycle import EnrollmentStatus, PaymentStatus, Reason

_WAITING_FOR_MONEY: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})
_OPEN: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED})
_WITH_MONEY: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING})
_GRANTS_AGAIN: Final = frozenset({Reason.EXPIRED, Reason.NOT_CAPTURED, Reason.MISMATCH})
"""Cancelled by the lack of the right money alone: when it comes, the learner gets the course."""


class Verdict(StrEnum):
    KNOWN = auto()
    """Nothing new: no write."""
    RECORDED = auto()
    """Only the history grows, or the next look moves."""
    GRANTED = auto()
    CAPTURED = auto()
    TO_REFUND = auto()
    EXPIRED = auto()
    REFUNDED = auto()
    REVOKED = auto()
    QUARANTINED = auto()
    REFUSED = auto()
    """What was asked for cannot be: no write."""


@dataclass(frozen=True)
class Decision:
    """Attribute changes of both items; an empty dict leaves the item alone."""

    verdict: Verdict
    payment: dict[str, Any] = field(default_factory=dict)
    enrollment: dict[str, Any] = field(default_factory=dict)


KNOWN: Final = Decision(Verdict.KNOWN)


def decide(payment: Payment, enrollment: Enrollment | None, evidence: Evidence, now: datetime) -> Decision:
    """`enrollment` is the payer's in the payment's course, None when there is none (an adopted order)."""
    rule: Callable[..., Decision] = _RULES[type(evidence)]
    return rule(payment, enrollment, evidence, now)


def _authorized(
    payment: Payment, enrollment: Enrollment | None, evidence: SignedCheckout | Authorized, now: datetime
) -> Decision:
    if payment.status not in _WAITING_FOR_MONEY or evidence.payment_id in _returned(payment):
        return KNOWN
    if payment.reason is Reason.MISMATCH or (isinstance(evidence, Authorized) and not _agrees(payment, evidence)):
        return _quarantine(payment, enrollment, now)
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
    if payment.status not in _OPEN:
        return KNOWN
    if payment.reason is Reason.MISMATCH or not _agrees(payment, evidence):
        return _quarantine(payment, enrollment, now)
    ours = {"payment_id": evidence.payment_id, "captured_amount": evidence.amount, "captured_at": now, "reason": None}
    if _rests_on(payment, enrollment):
        return Decision(Verdict.CAPTURED, {**ours, "status": PaymentStatus.CAPTURED, **no_timer()})
    if _may_grant(enrollment):
        settled = {**ours, "status": PaymentStatus.CAPTURED, **no_timer()}
        return Decision(Verdict.GRANTED, settled, activation(payment.order_id, now))
    unwanted = Reason.DUPLICATE if enrollment and enrollment.status.gives_access else Reason.NOT_WANTED
    back = {**ours, "status": PaymentStatus.REFUND_PENDING, "reason": unwanted, **timer(payment.order_id, now)}
    return Decision(Verdict.TO_REFUND, back)


def _attempt_failed(payment: Payment, _: Enrollment | None, __: AttemptFailed, ___: datetime) -> Decision:
    return Decision(Verdict.RECORDED) if payment.status is PaymentStatus.PENDING else KNOWN


def _nothing_paid(payment: Payment, enrollment: Enrollment | None, _: NothingPaid, now: datetime) -> Decision:
    if payment.status not in _WAITING_FOR_MONEY:
        return KNOWN
    look = next_look(payment, now)
    if payment.status is PaymentStatus.FAILED or now < payment.window_ends_at:
        return KNOWN if look["gsi2sk"] == payment.gsi2sk else Decision(Verdict.RECORDED, look)
    expired = {"status": PaymentStatus.FAILED, "reason": Reason.EXPIRED, **look}
    waits = enrollment and enrollment.status is EnrollmentStatus.PENDING and enrollment.order_id == payment.order_id
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
    lost = {"status": PaymentStatus.FAILED, "reason": Reason.NOT_CAPTURED, **next_look(payment, now)}
    revoked = cancellation(Reason.NOT_CAPTURED, now) if _rests_on(payment, enrollment) else {}
    return Decision(Verdict.REVOKED, lost | remembered, revoked)


def _refunded(payment: Payment, enrollment: Enrollment | None, evidence: Refunded, now: datetime) -> Decision:
    refunds, requests = payment.refunds.as_dict(), payment.refund_requests.as_dict()
    known = refunds.get(evidence.refund_id)
    final = known and (
        evidence.status is RefundStatus.PENDING or known["status"] in (evidence.status, RefundStatus.PROCESSED)
    )
    answers = evidence.request in requests and requests[evidence.request]["refund_id"] == ""
    if payment.status not in _WITH_MONEY or (final and not answers):
        return KNOWN
    if not final:
        refunds[evidence.refund_id] = {"amount": evidence.amount, "status": evidence.status.value}
    if answers:
        requests[evidence.request]["refund_id"] = evidence.refund_id
    total = _sum(refunds, RefundStatus.PROCESSED)
    given_back: dict[str, Any] = {
        "refunds": refunds,
        "refund_requests": requests,
        "refunded_amount": min(total, payment.captured_amount),
    }
    if total < payment.captured_amount:
        return Decision(Verdict.RECORDED, given_back | _refund_timer(payment, refunds, requests, now))
    reason = payment.reason or Reason.REQUESTED
    whole = {**given_back, "status": PaymentStatus.REFUNDED, "reason": reason, **no_timer()}
    ended = cancellation(Reason.REFUNDED, now) if _rests_on(payment, enrollment) else {}
    return Decision(Verdict.REFUNDED, whole, ended)


def _refund_requested(
    payment: Payment, enrollment: Enrollment | None, evidence: RefundRequested, now: datetime
) -> Decision:
    requests = payment.refund_requests.as_dict()
    gone = payment.status in (PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)
    if evidence.key in requests or (evidence.amount is None and gone):
        return KNOWN
    left = left_to_refund(payment)
    if payment.status is not PaymentStatus.CAPTURED or left <= 0 or (evidence.amount or left) > left:
        return Decision(Verdict.REFUSED)
    if evidence.amount is not None and evidence.amount < left:
        requests[evidence.key] = {"amount": evidence.amount, "refund_id": ""}
        return Decision(Verdict.RECORDED, {"refund_requests": requests, **timer(payment.order_id, now)})
    whole = {
        "status": PaymentStatus.REFUND_PENDING,
        "reason": Reason.REQUESTED,
        **timer(payment.order_id, now),
    }
    ended = cancellation(Reason.REFUNDED, now) if _rests_on(payment, enrollment) else {}
    return Decision(Verdict.TO_REFUND, whole, ended)


def left_to_refund(payment: Payment) -> int:
    """What of a captured payment is neither given back, nor on its way back, nor asked for: in minor units."""
    refunds = payment.refunds.as_dict()
    gone = _sum(refunds, RefundStatus.PROCESSED) + _sum(refunds, RefundStatus.PENDING)
    return int(payment.captured_amount) - gone - sum(open_requests(payment.refund_requests.as_dict()).values())


def open_requests(requests: dict[str, Any]) -> dict[str, int]:
    """The amounts (minor units) of the requests that the gateway has not answered, by key."""
    return {key: int(each["amount"]) for key, each in requests.items() if each["refund_id"] == ""}


def _sum(refunds: dict[str, Any], status: RefundStatus) -> int:
    return sum(each["amount"] for each in refunds.values() if each["status"] == status)


def _refund_timer(payment: Payment, refunds: dict[str, Any], requests: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Looked at again while anything is on its way back; later and later after refunds that failed."""
    if open_requests(requests):
        return timer(payment.order_id, now)
    under_way = payment.status is PaymentStatus.REFUND_PENDING or _sum(refunds, RefundStatus.PENDING) > 0
    failed = sum(1 for each in refunds.values() if each["status"] == RefundStatus.FAILED)
    return timer(payment.order_id, now + refund_look(failed)) if under_way else no_timer()


def _dispute_lost(payment: Payment, enrollment: Enrollment | None, _: DisputeLost, now: datetime) -> Decision:
    if payment.status not in _WITH_MONEY:
        return KNOWN
    taken = {
        "status": PaymentStatus.REFUNDED,
        "reason": Reason.CHARGEBACK,
        "refunded_amount": payment.captured_amount,
        **no_timer(),
    }
    revoked = cancellation(Reason.CHARGEBACK, now) if _rests_on(payment, enrollment) else {}
    return Decision(Verdict.REFUNDED, taken, revoked)


def _agrees(payment: Payment, evidence: Authorized | Captured) -> bool:
    return (evidence.amount, evidence.currency) == (payment.amount, payment.currency)


def _quarantine(payment: Payment, enrollment: Enrollment | None, now: datetime) -> Decision:
    """Money that is not what the order asked for: never granted, and taken back where a checkout was believed before
    the amount was known; kept for an admin to look at."""
    if payment.reason is Reason.MISMATCH and payment.gsi2sk and payment.gsi2sk > clock.text(now):
        return KNOWN
    kept = {"reason": Reason.MISMATCH, **timer(payment.order_id, now + QUARANTINE_LOOK)}
    return Decision(
        Verdict.QUARANTINED, kept, cancellation(Reason.MISMATCH, now) if _rests_on(payment, enrollment) else {}
    )


def _returned(payment: Payment) -> list[str]:
    return list(payment.returned_payment_ids or ())


def _rests_on(payment: Payment, enrollment: Enrollment | None) -> bool:
    return enrollment is not None and enrollment.status.gives_access and enrollment.granted_by == payment.order_id


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
    Refunded: _refunded,
    RefundRequested: _refund_requested,
    DisputeLost: _dispute_lost,
}
