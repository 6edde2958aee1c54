"""The part of the decision about money that goes back: refunds, what an admin asks for, and lost disputes. Pure."""

from datetime import datetime
from typing import Any, Final

from functions.payments.decision import KNOWN, Decision, Verdict, rests_on
from functions.payments.evidence import DisputeLost, Refunded, RefundRequested, RefundStatus
from functions.payments.timers import no_timer, refund_look, timer
from shared.db.entities import Enrollment, Payment
from shared.enrolling import cancellation
from shared.lifecycle import PaymentStatus, Reason

_WITH_MONEY: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING})


def refunded(payment: Payment, enrollment: Enrollment | None, evidence: Refunded, now: datetime) -> Decision:
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
        requests[evidence.request] = {**requests[evidence.request], "refund_id": evidence.refund_id}
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
    ended = cancellation(Reason.REFUNDED, now) if rests_on(payment, enrollment) else {}
    return Decision(Verdict.REFUNDED, whole, ended)


def refund_requested(
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
    ended = cancellation(Reason.REFUNDED, now) if rests_on(payment, enrollment) else {}
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


def dispute_lost(payment: Payment, enrollment: Enrollment | None, _: DisputeLost, now: datetime) -> Decision:
    if payment.status not in _WITH_MONEY:
        return KNOWN
    taken = {
        "status": PaymentStatus.REFUNDED,
        "reason": Reason.CHARGEBACK,
        "refunded_amount": payment.captured_amount,
        **no_timer(),
    }
    revoked = cancellation(Reason.CHARGEBACK, now) if rests_on(payment, enrollment) else {}
    return Decision(Verdict.REFUNDED, taken, revoked)
