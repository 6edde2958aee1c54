"""Rules for extra captures: captured payments of an order other than its primary capture. Pure.

Razorpay accepts one payment for an order, and refunds a late success on a paid order by itself
(https://razorpay.com/docs/payments/payments/late-authorisation/). If it does not, we refund the duplicate capture. A
capture of an amount or currency that no rule accepts is on hold until an admin accepts or refunds it, or a matching
payment is captured. An extra capture grants no access unless it becomes the primary one (hold_rules.py), and its refund
is no refund of the primary capture.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import apply_payment_changes, extra_captures, refund_requests
from shared.domain.captures import CapturedPayment, RefundRequests, Reversals
from shared.domain.changes import UNCHANGED, PaymentChanges, Unchanged
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.settlement.balances import has_open_dispute, has_unrefunded_extras, record_refund
from shared.settlement.decision import NO_CHANGE, Decision, Verdict, held_reason, is_awaited_by, is_basis_of
from shared.settlement.evidence import Captured, ManualRefund, Refunded, RefundRejected
from shared.settlement.poll_schedule import (
    with_final_poll,
    with_follow_up_poll,
    with_next_poll,
    with_poll_of_excess_refunds,
)
from shared.settlement.refund_retries import with_retry_of_refund

ExtraCaptures = Mapping[str, CapturedPayment]
"""By payment id."""


def add_duplicate_capture(payment: Payment, evidence: Captured, now: datetime) -> Decision:
    """Stores the second capture, of any amount, and schedules its refund now; the sweep requests it."""
    if evidence.payment_id == payment.payment_id:
        return NO_CHANGE
    duplicate = CapturedPayment(evidence.amount, evidence.currency)
    changed = {**extra_captures(payment), evidence.payment_id: duplicate}
    return Decision(Verdict.REFUND_DUE, _extra_capture_changes(payment, changed, now))


def hold_mismatched_capture(
    payment: Payment, enrollment: Enrollment | None, evidence: Captured, now: datetime
) -> Decision:
    """A payment of another amount or currency was captured. The order fails: Razorpay counts it as paid, so a matching
    payment on it is no longer possible. The learner may open another order."""
    mismatched = CapturedPayment(evidence.amount, evidence.currency, on_hold=True)
    changes = PaymentChanges(
        status=UNCHANGED if payment.status is PaymentStatus.FAILED else PaymentStatus.FAILED,
        reason=held_reason(payment),
        extra_captures={**extra_captures(payment), evidence.payment_id: mismatched},
    )
    ends = is_basis_of(payment, enrollment) or is_awaited_by(payment, enrollment)
    return Decision(
        Verdict.ON_HOLD,
        with_follow_up_poll(payment, changes, evidence, now),
        cancellation_changes(StatusReason.MISMATCH, now) if ends else None,
    )


def release_hold(payment: Payment, payment_id: str | None, amount: int | None, now: datetime) -> Decision:
    """An admin refunds a capture on hold: in full, and that one alone."""
    captures = extra_captures(payment)
    if payment_id is None or payment_id not in captures or amount is not None:
        return Decision(Verdict.REJECTED)
    if not captures[payment_id].on_hold:
        return NO_CHANGE
    if has_open_dispute(captures[payment_id]):
        return Decision(Verdict.REJECTED)
    captures[payment_id] = replace(captures[payment_id], on_hold=False, released=True)
    return Decision(Verdict.REFUND_DUE, PaymentChanges(extra_captures=captures, next_poll_at=now))


def record_extra_refund_rejection(payment: Payment, evidence: RefundRejected, now: datetime) -> Decision:
    captures = extra_captures(payment)
    known = captures.get(evidence.payment_id)
    if known is None or known.rejection == evidence.description:
        return NO_CHANGE
    captures[evidence.payment_id] = replace(known, rejection=evidence.description)
    changes = _extra_capture_changes(payment, captures, now)
    was_rejected = known.rejection is not None
    return Decision(Verdict.RECORDED, with_retry_of_refund(payment, changes, now, was_rejected=was_rejected))


def record_extra_refund(payment: Payment, evidence: Refunded, requests: RefundRequests, now: datetime) -> Decision:
    """`requests` are the refund requests as they are stored then."""
    captures, are_answered = extra_captures(payment), requests != refund_requests(payment)
    known = captures.get(evidence.payment_id)
    refunds = record_refund(known.refunds, evidence) if known else None
    if known is None or (refunds is None and not are_answered):
        return NO_CHANGE
    captures[evidence.payment_id] = replace(known, refunds=known.refunds if refunds is None else refunds)
    changes = _extra_capture_changes(payment, captures, now, requests if are_answered else UNCHANGED)
    polled = with_poll_of_excess_refunds(payment, captures[evidence.payment_id], changes, now)
    return Decision(Verdict.RECORDED, polled)


def record_extra_reversal(payment: Payment, evidence: ManualRefund, reversal: Reversals, now: datetime) -> Decision:
    """`reversal` is the one entry that the evidence adds."""
    captures = extra_captures(payment)
    known = captures.get(evidence.payment_id)
    if known is None or reversal.keys() <= known.reversals.keys():
        return NO_CHANGE
    captures[evidence.payment_id] = replace(known, reversals={**known.reversals, **reversal})
    changes = _extra_capture_changes(payment, captures, now)
    return Decision(Verdict.RECORDED, with_final_poll(payment, changes, now))


def record_extra_dispute(payment: Payment, payment_id: str, disputed: CapturedPayment, now: datetime) -> Decision:
    """`disputed` is the extra capture as it will be stored."""
    changes = _extra_capture_changes(payment, {**extra_captures(payment), payment_id: disputed}, now)
    return Decision(Verdict.RECORDED, with_final_poll(payment, changes, now))


def _extra_capture_changes(
    payment: Payment, captures: ExtraCaptures, now: datetime, requests: RefundRequests | Unchanged = UNCHANGED
) -> PaymentChanges:
    """The changes when refunds of extra captures changed. The poll of an authorized payment stays as it is: it is
    about the capture of that payment."""
    changes = PaymentChanges(extra_captures=captures, refund_requests=requests)
    if payment.status is PaymentStatus.AUTHORIZED:
        return changes
    unrefunded = has_unrefunded_extras(apply_payment_changes(payment, changes))
    if payment.reason is StatusReason.MISMATCH and not unrefunded:
        changes = replace(changes, reason=StatusReason.REFUNDED)
    if payment.status is PaymentStatus.FAILED and payment.reason is StatusReason.REFUNDED and unrefunded:
        changes = replace(changes, reason=StatusReason.MISMATCH)
    return with_next_poll(payment, changes, now)
