"""The part of the decision about money that goes back: refunds, what an admin asks for, and lost disputes. Pure."""

from datetime import datetime
from typing import Any, Final

from functions.payments.decide_surplus import charged_back_beside, refunded_beside
from functions.payments.decision import KNOWN, Decision, Verdict, rests_on
from functions.payments.evidence import DisputeLost, Refunded, RefundRefused, RefundRequested, RefundStatus
from functions.payments.giving_back import (
    LEAST_REFUND,
    WITH_MONEY,
    left_to_refund,
    look_again,
    note,
    open_requests,
    reopened,
    total,
)
from functions.payments.timers import timer
from shared.db.changes import changed
from shared.db.entities import Enrollment, Payment
from shared.enrolling import cancellation
from shared.lifecycle import PaymentStatus, Reason

WITH_THE_REST: Final = "with the rest"
"""Instead of a refund id: a request for all that was left. It is asked for as the rest, and its key is known."""


def refunded(payment: Payment, enrollment: Enrollment | None, evidence: Refunded, now: datetime) -> Decision:
    if evidence.payment_id != payment.payment_id:
        return refunded_beside(payment, evidence, now)
    if payment.status not in WITH_MONEY:
        return KNOWN
    refunds, requests = payment.refunds.as_dict(), payment.refund_requests.as_dict()
    new = note(refunds, evidence)
    answers = evidence.request in requests and requests[evidence.request]["refund_id"] == ""
    if not new and not answers:
        return KNOWN
    if answers:
        requests[evidence.request] = {**requests[evidence.request], "refund_id": evidence.refund_id}
    if evidence.status is RefundStatus.FAILED:
        requests = reopened(requests, evidence.refund_id)
    returned = total(refunds, RefundStatus.PROCESSED)
    given_back: dict[str, Any] = {
        "refunds": refunds,
        "refund_requests": requests,
        "refunded_amount": min(returned, payment.captured_amount),
    }
    if returned < payment.captured_amount:
        return Decision(Verdict.RECORDED, given_back | look_again(changed(payment, given_back), now))
    whole = {**given_back, "status": PaymentStatus.REFUNDED, "reason": payment.reason or Reason.REQUESTED}
    ended = cancellation(Reason.REFUNDED, now) if rests_on(payment, enrollment) else {}
    return Decision(Verdict.REFUNDED, whole | look_again(changed(payment, whole), now), ended)


def refund_requested(
    payment: Payment, enrollment: Enrollment | None, evidence: RefundRequested, now: datetime
) -> Decision:
    requests = payment.refund_requests.as_dict()
    gone = payment.status in (PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)
    if evidence.key in requests or (evidence.amount is None and gone):
        return KNOWN
    left = left_to_refund(payment)
    part = left if evidence.amount is None else evidence.amount
    if payment.status is not PaymentStatus.CAPTURED or left <= 0 or part > left or 0 < left - part < LEAST_REFUND:
        return Decision(Verdict.REFUSED)
    if part < left:
        requests[evidence.key] = {"amount": part, "refund_id": ""}
        return Decision(Verdict.RECORDED, {"refund_requests": requests, **timer(payment.order_id, now)})
    whole = {
        "status": PaymentStatus.REFUND_PENDING,
        "reason": Reason.REQUESTED,
        **timer(payment.order_id, now),
    }
    if evidence.amount is not None:
        whole["refund_requests"] = {**requests, evidence.key: {"amount": part, "refund_id": WITH_THE_REST}}
    ended = cancellation(Reason.REFUNDED, now) if rests_on(payment, enrollment) else {}
    return Decision(Verdict.TO_REFUND, whole, ended)


def refund_refused(payment: Payment, _: Enrollment | None, evidence: RefundRefused, now: datetime) -> Decision:
    """A part that the gateway will not give back is no longer asked for; all that is left goes on being tried."""
    requests = payment.refund_requests.as_dict()
    told = {"refund_refused": evidence.why}
    if payment.status in WITH_MONEY and evidence.request in open_requests(requests):
        del requests[evidence.request]
        dropped = {**told, "refund_requests": requests}
        return Decision(Verdict.RECORDED, dropped | look_again(changed(payment, dropped), now))
    whole = evidence.request is None and payment.status is PaymentStatus.REFUND_PENDING
    return Decision(Verdict.RECORDED, told) if whole and payment.refund_refused != evidence.why else KNOWN


def dispute_lost(payment: Payment, enrollment: Enrollment | None, evidence: DisputeLost, now: datetime) -> Decision:
    if evidence.payment_id != payment.payment_id:
        return charged_back_beside(payment, evidence, now)
    if payment.status not in WITH_MONEY:
        return KNOWN
    taken = {
        "status": PaymentStatus.REFUNDED,
        "reason": Reason.CHARGEBACK,
        "refunded_amount": payment.captured_amount,
    }
    revoked = cancellation(Reason.CHARGEBACK, now) if rests_on(payment, enrollment) else {}
    return Decision(Verdict.REFUNDED, taken | look_again(changed(payment, taken), now), revoked)
