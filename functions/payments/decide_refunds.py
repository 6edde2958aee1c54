"""The part of the decision about money that goes back: refunds, what an admin asks for or returns by hand, and lost
disputes. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from functions.payments.decide_surplus import refunded_beside, refused_beside, released_one, taken_beside
from functions.payments.decision import KNOWN, Decision, Verdict, rests_on
from functions.payments.evidence import (
    DisputeLost,
    NothingNew,
    Refunded,
    RefundRefused,
    RefundRequested,
    RefundStatus,
    ReturnedByHand,
)
from functions.payments.giving_back import (
    LEAST_REFUND,
    ONCE_CAPTURED,
    WITH_MONEY,
    Kept,
    arrived,
    last_look,
    left,
    left_to_refund,
    look_again,
    note,
    open_requests,
    own,
    reopened,
    surplus,
)
from functions.payments.timers import timer
from shared.db.changes import changed
from shared.db.entities import Enrollment, Payment
from shared.enrolling import cancellation
from shared.lifecycle import PaymentStatus, Reason

WITH_THE_REST: Final = "with the rest"
"""Instead of a refund id: a request for all that was left. It is asked for as the rest, and its key is known."""


def refunded(payment: Payment, enrollment: Enrollment | None, evidence: Refunded, now: datetime) -> Decision:
    """Recorded also when a bank has taken the money meanwhile: it went back twice, and the books say so."""
    if evidence.payment_id != payment.payment_id or payment.status not in ONCE_CAPTURED:
        return refunded_beside(payment, evidence, now)
    kept, requests = own(payment), payment.refund_requests.as_dict()
    new = note(kept["refunds"], evidence)
    answers = evidence.request in requests and requests[evidence.request]["refund_id"] == ""
    if not new and not answers:
        return KNOWN
    if answers:
        requests[evidence.request] = {**requests[evidence.request], "refund_id": evidence.refund_id}
    if evidence.status is RefundStatus.FAILED:
        requests = reopened(requests, evidence.refund_id)
    changes = {"refunds": kept["refunds"], "refund_requests": requests}
    return _booked(payment, enrollment, kept, changes, payment.reason or Reason.REQUESTED, now)


def dispute_lost(payment: Payment, enrollment: Enrollment | None, evidence: DisputeLost, now: datetime) -> Decision:
    how = {evidence.dispute_id: {"amount": evidence.amount, "by": "dispute"}}
    if evidence.payment_id != payment.payment_id or payment.status not in ONCE_CAPTURED:
        return taken_beside(payment, evidence, how, now)
    return _taken(payment, enrollment, how, Reason.CHARGEBACK, now)


def returned_by_hand(
    payment: Payment, enrollment: Enrollment | None, evidence: ReturnedByHand, now: datetime
) -> Decision:
    how = {evidence.reference: {"amount": evidence.amount, "by": "hand"}}
    beside = surplus(payment).get(evidence.payment_id)
    if beside:
        too_much = evidence.amount > left(beside) and evidence.reference not in beside["other_returns"]
        return Decision(Verdict.REFUSED) if too_much else taken_beside(payment, evidence, how, now)
    if evidence.payment_id != payment.payment_id:
        return Decision(Verdict.REFUSED)
    if evidence.reference in own(payment)["other_returns"]:
        return KNOWN
    if payment.status not in WITH_MONEY or evidence.amount > left_to_refund(payment):
        return Decision(Verdict.REFUSED)
    return _taken(payment, enrollment, how, payment.reason or Reason.REQUESTED, now)


def refund_requested(
    payment: Payment, enrollment: Enrollment | None, evidence: RefundRequested, now: datetime
) -> Decision:
    requests = payment.refund_requests.as_dict()
    if evidence.payment_id not in (None, payment.payment_id) or evidence.payment_id in surplus(payment):
        return released_one(payment, evidence.payment_id, evidence.amount, now)
    gone = payment.status in (PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)
    if evidence.key in requests or (evidence.amount is None and gone):
        return KNOWN
    rest = left_to_refund(payment)
    part = rest if evidence.amount is None else evidence.amount
    if payment.status is not PaymentStatus.CAPTURED or rest <= 0 or part > rest or 0 < rest - part < LEAST_REFUND:
        return Decision(Verdict.REFUSED)
    if part < rest:
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
    if evidence.payment_id != payment.payment_id:
        return refused_beside(payment, evidence)
    whole = evidence.request is None and payment.status is PaymentStatus.REFUND_PENDING
    return Decision(Verdict.RECORDED, told) if whole and payment.refund_refused != evidence.why else KNOWN


def nothing_new(payment: Payment, _: Enrollment | None, __: NothingNew, now: datetime) -> Decision:
    """The last look is over when nothing is on its way back."""
    look = look_again(payment, now) if payment.status in ONCE_CAPTURED and payment.gsi2sk else None
    return Decision(Verdict.RECORDED, look) if look and look["gsi2sk"] is None else KNOWN


def _taken(payment: Payment, enrollment: Enrollment | None, how: Kept, reason: Reason, now: datetime) -> Decision:
    kept = own(payment)
    if how.keys() <= kept["other_returns"].keys():
        return KNOWN
    kept["other_returns"] |= how
    booked = _booked(payment, enrollment, kept, {"other_returns": kept["other_returns"]}, reason, now)
    return replace(booked, payment=booked.payment | last_look(payment, booked.payment, now))


def _booked(
    payment: Payment, enrollment: Enrollment | None, kept: Kept, changes: dict[str, Any], reason: Reason, now: datetime
) -> Decision:
    """`changes`, and what follows from what is back by now: when it is all, the payment is refunded, and the enrollment
    that rested on it ends."""
    back = min(arrived(kept), kept["amount"])
    changes = {**changes, "refunded_amount": back}
    if payment.status is PaymentStatus.REFUNDED or back < kept["amount"]:
        return Decision(Verdict.RECORDED, changes | look_again(changed(payment, changes), now))
    whole = {**changes, "status": PaymentStatus.REFUNDED, "reason": reason}
    why = Reason.CHARGEBACK if reason is Reason.CHARGEBACK else Reason.REFUNDED
    ended = cancellation(why, now) if rests_on(payment, enrollment) else {}
    return Decision(Verdict.REFUNDED, whole | look_again(changed(payment, whole), now), ended)
