"""The part of the decision about money that goes back: refunds, what an admin asks for or returns by hand, and lost
disputes. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from shared.db.entities import Enrollment, Payment
from shared.db.table.changes import apply_changes
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.settlement.balances import (
    EVER_CAPTURED,
    HOLDING_FUNDS,
    MIN_REFUND,
    CapturedPayment,
    extra_captures,
    open_requests,
    primary_capture,
    record_refund,
    refundable_balance,
    refunded_total,
    reopen_request,
    unrequested_balance,
)
from shared.settlement.decision import NO_CHANGE, Decision, Verdict, is_basis_of
from shared.settlement.evidence import (
    DisputeLost,
    ManualRefund,
    Refunded,
    RefundRejected,
    RefundRequested,
    RefundStatus,
    RefundsUnchanged,
)
from shared.settlement.poll_schedule import final_poll, next_poll, schedule_poll
from shared.settlement.surplus_rules import (
    record_extra_refund,
    record_extra_refund_rejection,
    record_extra_reversal,
    release_hold,
)

FULL_REFUND: Final = "with the rest"
"""Instead of a refund id: a request for all that was left. It is asked for as the rest, and its key is known."""


def refunded(payment: Payment, enrollment: Enrollment | None, evidence: Refunded, now: datetime) -> Decision:
    """Recorded also when a bank has taken the money meanwhile: it went back twice, and the books say so."""
    if evidence.payment_id != payment.payment_id or payment.status not in EVER_CAPTURED:
        return record_extra_refund(payment, evidence, now)
    kept, requests = primary_capture(payment), payment.refund_requests.as_dict()
    new = record_refund(kept["refunds"], evidence)
    answers = evidence.request_key in requests and requests[evidence.request_key]["refund_id"] == ""
    if not new and not answers:
        return NO_CHANGE
    if answers:
        requests[evidence.request_key] = {**requests[evidence.request_key], "refund_id": evidence.refund_id}
    if evidence.status is RefundStatus.FAILED:
        requests = reopen_request(requests, evidence.refund_id)
    changes = {"refunds": kept["refunds"], "refund_requests": requests}
    return _apply_balance(payment, enrollment, kept, changes, payment.reason or StatusReason.REQUESTED, now)


def dispute_lost(payment: Payment, enrollment: Enrollment | None, evidence: DisputeLost, now: datetime) -> Decision:
    how = {evidence.dispute_id: {"amount": evidence.amount, "by": "dispute"}}
    if evidence.payment_id != payment.payment_id or payment.status not in EVER_CAPTURED:
        return record_extra_reversal(payment, evidence, how, now)
    return _record_reversal(payment, enrollment, how, StatusReason.CHARGEBACK, now)


def manual_refund(payment: Payment, enrollment: Enrollment | None, evidence: ManualRefund, now: datetime) -> Decision:
    how = {evidence.reference: {"amount": evidence.amount, "by": "hand"}}
    beside = extra_captures(payment).get(evidence.payment_id)
    if beside:
        too_much = evidence.amount > refundable_balance(beside) and evidence.reference not in beside["other_returns"]
        return Decision(Verdict.REJECTED) if too_much else record_extra_reversal(payment, evidence, how, now)
    if evidence.payment_id != payment.payment_id:
        return Decision(Verdict.REJECTED)
    if evidence.reference in primary_capture(payment)["other_returns"]:
        return NO_CHANGE
    if payment.status not in HOLDING_FUNDS or evidence.amount > unrequested_balance(payment):
        return Decision(Verdict.REJECTED)
    return _record_reversal(payment, enrollment, how, payment.reason or StatusReason.REQUESTED, now)


def refund_requested(
    payment: Payment, enrollment: Enrollment | None, evidence: RefundRequested, now: datetime
) -> Decision:
    requests = payment.refund_requests.as_dict()
    if evidence.payment_id not in (None, payment.payment_id) or evidence.payment_id in extra_captures(payment):
        return release_hold(payment, evidence.payment_id, evidence.amount, now)
    gone = payment.status in (PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED)
    if evidence.key in requests or (evidence.amount is None and gone):
        return NO_CHANGE
    rest = unrequested_balance(payment)
    part = rest if evidence.amount is None else evidence.amount
    if payment.status is not PaymentStatus.CAPTURED or rest <= 0 or part > rest or 0 < rest - part < MIN_REFUND:
        return Decision(Verdict.REJECTED)
    if part < rest:
        requests[evidence.key] = {"amount": part, "refund_id": ""}
        return Decision(Verdict.RECORDED, {"refund_requests": requests, **schedule_poll(payment.order_id, now)})
    whole = {
        "status": PaymentStatus.REFUND_PENDING,
        "reason": StatusReason.REQUESTED,
        **schedule_poll(payment.order_id, now),
    }
    if evidence.amount is not None:
        whole["refund_requests"] = {**requests, evidence.key: {"amount": part, "refund_id": FULL_REFUND}}
    ended = cancellation_changes(StatusReason.REFUNDED, now) if is_basis_of(payment, enrollment) else {}
    return Decision(Verdict.REFUND_DUE, whole, ended)


def refund_rejected(payment: Payment, _: Enrollment | None, evidence: RefundRejected, now: datetime) -> Decision:
    """A part that the gateway will not give back is no longer asked for; all that is left goes on being tried."""
    requests = payment.refund_requests.as_dict()
    told = {"refund_refused": evidence.description}
    if payment.status in HOLDING_FUNDS and evidence.request_key in open_requests(requests):
        del requests[evidence.request_key]
        dropped = {**told, "refund_requests": requests}
        return Decision(Verdict.RECORDED, dropped | next_poll(apply_changes(payment, dropped), now))
    if evidence.payment_id != payment.payment_id:
        return record_extra_refund_rejection(payment, evidence)
    whole = evidence.request_key is None and payment.status is PaymentStatus.REFUND_PENDING
    return Decision(Verdict.RECORDED, told) if whole and payment.refund_refused != evidence.description else NO_CHANGE


def refunds_up_to_date(payment: Payment, _: Enrollment | None, __: RefundsUnchanged, now: datetime) -> Decision:
    """The last look is over when nothing is on its way back."""
    look = next_poll(payment, now) if payment.status in EVER_CAPTURED and payment.gsi2sk else None
    return Decision(Verdict.RECORDED, look) if look and look["gsi2sk"] is None else NO_CHANGE


def _record_reversal(
    payment: Payment, enrollment: Enrollment | None, reversal: CapturedPayment, reason: StatusReason, now: datetime
) -> Decision:
    kept = primary_capture(payment)
    if reversal.keys() <= kept["other_returns"].keys():
        return NO_CHANGE
    kept["other_returns"] |= reversal
    booked = _apply_balance(payment, enrollment, kept, {"other_returns": kept["other_returns"]}, reason, now)
    return replace(booked, payment=booked.payment | final_poll(payment, booked.payment, now))


def _apply_balance(
    payment: Payment,
    enrollment: Enrollment | None,
    kept: CapturedPayment,
    changes: dict[str, Any],
    reason: StatusReason,
    now: datetime,
) -> Decision:
    """`changes`, and what follows from what is back by now: when it is all, the payment is refunded, and the enrollment
    that rested on it ends."""
    back = min(refunded_total(kept), kept["amount"])
    changes = {**changes, "refunded_amount": back}
    if payment.status is PaymentStatus.REFUNDED or back < kept["amount"]:
        return Decision(Verdict.RECORDED, changes | next_poll(apply_changes(payment, changes), now))
    whole = {**changes, "status": PaymentStatus.REFUNDED, "reason": reason}
    why = StatusReason.CHARGEBACK if reason is StatusReason.CHARGEBACK else StatusReason.REFUNDED
    ended = cancellation_changes(why, now) if is_basis_of(payment, enrollment) else {}
    return Decision(Verdict.REFUNDED, whole | next_poll(apply_changes(payment, whole), now), ended)
