"""Rules for money that is returned to the learner: refunds, refund requests and manual refunds. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import extra_captures, primary_capture, refund_requests
from shared.domain.captures import (
    CapturedPayment,
    Reversal,
    ReversalOrigin,
    Reversals,
)
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.settlement.balances import (
    EVER_CAPTURED,
    HOLDING_FUNDS,
    final_refunded_total,
    open_requests,
    record_refund,
    refundable_balance,
    refunded_total,
)
from shared.settlement.decision import NO_CHANGE, Decision, Verdict, is_basis_of
from shared.settlement.evidence import (
    ManualRefund,
    Refunded,
    RefundEvidence,
    RefundRejected,
    RefundRequested,
)
from shared.settlement.poll_schedule import with_final_poll, with_next_poll, with_poll_of_excess_refunds
from shared.settlement.refund_retries import with_retry_of_refund
from shared.settlement.rules.extra_capture_rules import (
    record_extra_refund,
    record_extra_refund_rejection,
    record_extra_reversal,
)
from shared.settlement.rules.request_rules import (
    refund_requested,
    requests_after_extra_refund,
    requests_after_manual_refund,
    requests_after_refund,
)


def decide_refund(payment: Payment, enrollment: Enrollment | None, evidence: RefundEvidence, now: datetime) -> Decision:
    match evidence:
        case Refunded():
            return _refunded(payment, enrollment, evidence, now)
        case RefundRequested():
            return refund_requested(payment, enrollment, evidence, now)
        case RefundRejected():
            return _refund_rejected(payment, evidence, now)
        case ManualRefund():
            return _manual_refund(payment, enrollment, evidence, now)
        case _:
            assert_never(evidence)


def _refunded(payment: Payment, enrollment: Enrollment | None, evidence: Refunded, now: datetime) -> Decision:
    """A refund is recorded even when a bank debited the payment meanwhile: the money was returned twice, and the
    ledger says so."""
    if _concerns_extra_capture(payment, evidence):
        return record_extra_refund(payment, evidence, requests_after_extra_refund(payment, evidence), now)
    capture, requests = primary_capture(payment), refund_requests(payment)
    refunds = record_refund(capture.refunds, evidence)
    recorded = capture.refunds if refunds is None else refunds
    answered = requests_after_refund(requests, evidence, recorded[evidence.refund_id].status)
    if refunds is None and answered == requests:
        return NO_CHANGE
    capture = replace(capture, refunds=recorded)
    changes = PaymentChanges(refunds=recorded, refund_requests=answered)
    decision = apply_balance(payment, enrollment, capture, changes, payment.reason or StatusReason.REQUESTED, now)
    return replace(decision, payment=with_poll_of_excess_refunds(payment, capture, decision.payment, now))


def _concerns_extra_capture(payment: Payment, evidence: Refunded) -> bool:
    """Whether the evidence is not about the primary capture: it names another payment, or there is none yet."""
    return evidence.payment_id != payment.payment_id or payment.status not in EVER_CAPTURED


def _manual_refund(payment: Payment, enrollment: Enrollment | None, evidence: ManualRefund, now: datetime) -> Decision:
    """Only refunds of the primary capture have requests: a manual refund of another capture can answer none."""
    reversal = {evidence.reference: Reversal(evidence.amount, ReversalOrigin.MANUAL)}
    extra = extra_captures(payment).get(evidence.payment_id)
    if extra:
        is_possible = evidence.amount <= refundable_balance(extra) and evidence.request_key is None
        is_accepted = is_possible or evidence.reference in extra.reversals
        return record_extra_reversal(payment, evidence, reversal, now) if is_accepted else Decision(Verdict.REJECTED)
    if evidence.payment_id != payment.payment_id:
        return Decision(Verdict.REJECTED)
    if evidence.reference in primary_capture(payment).reversals:
        return NO_CHANGE
    answered = requests_after_manual_refund(payment, evidence) if payment.status in HOLDING_FUNDS else None
    if answered is None:
        return Decision(Verdict.REJECTED)
    is_changed = answered != refund_requests(payment)
    changes = PaymentChanges(refund_requests=answered) if is_changed else PaymentChanges()
    return _record_reversal(payment, enrollment, reversal, changes, now)


def _refund_rejected(payment: Payment, evidence: RefundRejected, now: datetime) -> Decision:
    """Razorpay's reason is recorded. A request that is rejected for good is closed; every other refund is retried, less
    and less often: after 15 minutes, and then `refund_retries.retry_of_rejected_refund` delays it, whether the reason
    is another one, or the same, which changes nothing."""
    requests = refund_requests(payment)
    request = open_requests(requests).get(evidence.request_key or "")
    if request and payment.status in HOLDING_FUNDS:
        rejected = replace(request, rejection=evidence.description, closed=evidence.is_final)
        if rejected == request:
            return NO_CHANGE
        recorded = {**requests, evidence.request_key or "": rejected}
        changes = PaymentChanges(refund_error=evidence.description, refund_requests=recorded)
        return _record_rejection(payment, changes, now, was_rejected=request.rejection is not None)
    if evidence.payment_id != payment.payment_id:
        return record_extra_refund_rejection(payment, evidence, now)
    retried = evidence.request_key is None and payment.status is PaymentStatus.REFUND_PENDING
    if not retried or payment.refund_refused == evidence.description:
        return NO_CHANGE
    changes = PaymentChanges(refund_error=evidence.description)
    return _record_rejection(payment, changes, now, was_rejected=payment.refund_refused is not None)


def _record_rejection(payment: Payment, changes: PaymentChanges, now: datetime, *, was_rejected: bool) -> Decision:
    scheduled = with_next_poll(payment, changes, now)
    return Decision(Verdict.RECORDED, with_retry_of_refund(payment, scheduled, now, was_rejected=was_rejected))


def _record_reversal(
    payment: Payment, enrollment: Enrollment | None, reversal: Reversals, changes: PaymentChanges, now: datetime
) -> Decision:
    """`reversal` is the one entry that is new, and `changes` are its other effects."""
    capture = primary_capture(payment)
    capture = replace(capture, reversals={**capture.reversals, **reversal})
    changes = replace(changes, reversals=capture.reversals)
    decision = apply_balance(payment, enrollment, capture, changes, payment.reason or StatusReason.REQUESTED, now)
    return replace(decision, payment=with_final_poll(payment, decision.payment, now))


def apply_balance(
    payment: Payment,
    enrollment: Enrollment | None,
    capture: CapturedPayment,
    changes: PaymentChanges,
    reason: StatusReason,
    now: datetime,
) -> Decision:
    """`changes` and their effects. A payment that was refunded in full, for good, is refunded, and the access that it
    granted ends. `capture` is the primary capture as it will be stored."""
    changes = replace(changes, refunded_amount=min(refunded_total(capture), capture.amount))
    if (payment.status is PaymentStatus.REFUNDED) == (final_refunded_total(capture) >= capture.amount):
        return Decision(Verdict.RECORDED, with_next_poll(payment, changes, now))
    if payment.status is PaymentStatus.REFUNDED:
        return _refund_again(payment, changes, now)
    changes = replace(changes, status=PaymentStatus.REFUNDED, reason=reason)
    end_reason = StatusReason.CHARGEBACK if reason is StatusReason.CHARGEBACK else StatusReason.REFUNDED
    ended = cancellation_changes(end_reason, now) if is_basis_of(payment, enrollment) else None
    return Decision(Verdict.REFUNDED, with_next_poll(payment, changes, now), ended)


def _refund_again(payment: Payment, changes: PaymentChanges, now: datetime) -> Decision:
    """A refund of a payment that was refunded in full failed, or was reversed. The amount is still due to the learner,
    for the same reason; the access stays ended."""
    due = replace(changes, status=PaymentStatus.REFUND_PENDING)
    if payment.reason is StatusReason.CHARGEBACK:
        due = replace(due, reason=StatusReason.REQUESTED)
    return Decision(Verdict.REFUND_DUE, with_next_poll(payment, due, now))
