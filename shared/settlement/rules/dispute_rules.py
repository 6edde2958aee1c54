"""Rules for disputes (chargebacks) of captured payments, from their creation to their end. Pure.

What Razorpay deducts for a dispute is a reversal of the capture, with the id of the dispute. A deduction counts as
refunded at once, but ends no access while the dispute is open. Messages converge in any order: `is_newer` defines which
of two reported states of a dispute is kept. https://razorpay.com/docs/payments/disputes/
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import extra_captures, primary_capture
from shared.domain.captures import (
    CapturedPayment,
    Dispute,
    Disputes,
    DisputeStatus,
    Reversal,
    ReversalOrigin,
    Reversals,
)
from shared.domain.changes import UNCHANGED, PaymentChanges
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.enrollment_rules import activation_changes
from shared.settlement.balances import EVER_CAPTURED, final_refunded_total, refunded_total
from shared.settlement.decision import NO_CHANGE, Decision, Verdict
from shared.settlement.evidence import DisputeReported
from shared.settlement.poll_schedule import due_refund_poll, with_final_poll, with_next_poll
from shared.settlement.rules.extra_capture_rules import record_extra_dispute
from shared.settlement.rules.refund_rules import apply_balance

MAX_DISPUTES: Final = 20
"""Of one capture. With more of them, the oldest ended one is forgotten; its deduction, and its own item, remain."""

_PHASES: Final = {"fraud": 0, "retrieval": 0, "pre_arbitration": 2, "arbitration": 3}
"""A dispute that was won is opened again in a later phase. Chargeback, and any phase that Razorpay does not document,
are 1. https://razorpay.com/docs/payments/disputes/#dispute-phases"""
_CHARGEBACK: Final = 1
_STATUSES: Final = (
    DisputeStatus.UNKNOWN,
    DisputeStatus.OPEN,
    DisputeStatus.UNDER_REVIEW,
    DisputeStatus.CLOSED,
    DisputeStatus.WON,
    DisputeStatus.LOST,
)
"""From the smallest to the greatest, for two states of the same time."""
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)

_GRANT_AGAIN_REASONS: Final = frozenset(
    {StatusReason.CHARGEBACK, StatusReason.EXPIRED, StatusReason.NOT_CAPTURED, StatusReason.MISMATCH}
)
"""An enrollment that was cancelled for a chargeback, or because a later purchase was not paid: a dispute that is won
after all grants the course again."""
_REFUND_REQUESTED_REASONS: Final = frozenset({StatusReason.REFUNDED, StatusReason.REVOKED})


def dispute_reported(
    payment: Payment, enrollment: Enrollment | None, evidence: DisputeReported, now: datetime
) -> Decision:
    """Records the state of the dispute. A dispute of a payment that is not known as captured changes nothing."""
    is_primary = evidence.payment_id == payment.payment_id and payment.status in EVER_CAPTURED
    capture = primary_capture(payment) if is_primary else extra_captures(payment).get(evidence.payment_id)
    disputed = record_dispute(capture, evidence, now) if capture else None
    if capture is None or disputed is None:
        return NO_CHANGE
    if not is_primary:
        return record_extra_dispute(payment, evidence.payment_id, disputed, now)
    reversals = UNCHANGED if disputed.reversals == capture.reversals else disputed.reversals
    changes = PaymentChanges(disputes=disputed.disputes, reversals=reversals)
    if payment.status is PaymentStatus.REFUNDED and final_refunded_total(disputed) < disputed.amount:
        return _restore(payment, enrollment, disputed, changes, now)
    decision = apply_balance(payment, enrollment, disputed, changes, _return_reason(payment), now)
    return replace(decision, payment=with_final_poll(payment, decision.payment, now))


def record_dispute(capture: CapturedPayment, evidence: DisputeReported, now: datetime) -> CapturedPayment | None:
    """The capture with the reported state of the dispute and its deduction; None when the state is known already, or
    older than the known one."""
    known = known_dispute(capture, evidence.dispute_id)
    if known and not is_newer(evidence.dispute, known):
        return None
    dispute = replace(evidence.dispute, as_of=evidence.dispute.as_of or now)
    disputes = _bounded({**capture.disputes, evidence.dispute_id: dispute}, evidence.dispute_id)
    reversals = _with_deduction(capture, evidence.dispute_id, dispute)
    return replace(capture, disputes=disputes, reversals=reversals)


def known_dispute(capture: CapturedPayment, dispute_id: str) -> Dispute | None:
    """The recorded state of the dispute. One of which only the deduction is recorded was lost."""
    reversal = capture.reversals.get(dispute_id)
    if dispute_id in capture.disputes or reversal is None:
        return capture.disputes.get(dispute_id)
    return Dispute(reversal.amount, capture.currency, DisputeStatus.LOST, deducted=reversal.amount)


def is_newer(reported: Dispute, known: Dispute) -> bool:
    """Whether the reported state of a dispute replaces the known one. A later phase does, and within a phase an end
    replaces an open state, never the reverse: a late webhook, or a list that lags, still shows the open one. Otherwise
    the later state does, and what Razorpay's API reports now is the latest. Of two states of the same time (webhooks
    state whole seconds) the greater one is kept, so that their order of delivery does not matter."""
    if _progress(reported) != _progress(known):
        return _progress(reported) > _progress(known)
    if reported.as_of is None:
        return replace(reported, as_of=known.as_of) != known
    return (reported.as_of, *_details(reported)) > (known.as_of or _EARLIEST, *_details(known))


def _progress(dispute: Dispute) -> tuple[int, bool]:
    return _PHASES.get(dispute.phase, _CHARGEBACK), not dispute.status.is_open


def _details(dispute: Dispute) -> tuple[Any, ...]:
    """Everything that may differ between two states of the same time, in an order of no other meaning."""
    deadline = dispute.respond_by or _EARLIEST
    status = _STATUSES.index(dispute.status)
    return status, dispute.deducted, dispute.amount, deadline, dispute.phase, dispute.reason, dispute.currency


def _with_deduction(capture: CapturedPayment, dispute_id: str, dispute: Dispute) -> Reversals:
    """The reversals of the capture with what is deducted for the dispute: nothing once it was won or closed."""
    others = {key: reversal for key, reversal in capture.reversals.items() if key != dispute_id}
    amount = deducted_amount(capture, dispute)
    return {**others, dispute_id: Reversal(amount, ReversalOrigin.DISPUTE)} if amount else others


def deducted_amount(capture: CapturedPayment, dispute: Dispute) -> int:
    """What is deducted for the dispute, in minor units of the capture's currency. A lost dispute without a stated
    deduction costs its whole amount. Of a dispute in another currency, the deducted share is taken of the capture."""
    if dispute.status in (DisputeStatus.WON, DisputeStatus.CLOSED):
        return 0
    is_lost = dispute.status is DisputeStatus.LOST
    deducted = dispute.amount if is_lost and not dispute.deducted else dispute.deducted
    if dispute.currency == capture.currency:
        return deducted
    return capture.amount * deducted // max(dispute.amount, 1)


def _bounded(disputes: Disputes, reported_id: str) -> Disputes:
    """At most MAX_DISPUTES of them, if so many have ended."""
    ended = [id_ for id_, dispute in disputes.items() if not dispute.status.is_open and id_ != reported_id]
    ended.sort(key=lambda id_: (disputes[id_].as_of or _EARLIEST, id_))
    forgotten = ended[: max(len(disputes) - MAX_DISPUTES, 0)]
    return {id_: dispute for id_, dispute in disputes.items() if id_ not in forgotten}


def _return_reason(payment: Payment) -> StatusReason:
    """Why the payment is refunded by a lost dispute. One whose refund was due keeps the reason of that refund: when the
    dispute is won after all, it is made."""
    due_reason = payment.reason if payment.status is PaymentStatus.REFUND_PENDING else None
    return due_reason or StatusReason.CHARGEBACK


def _restore(
    payment: Payment, enrollment: Enrollment | None, capture: CapturedPayment, changes: PaymentChanges, now: datetime
) -> Decision:
    """A dispute that had returned the whole payment to the learner was won after all, or cost less: the amount is ours
    again. The learner gets the access back; with access on another basis, or when the access had ended for another
    reason, the amount is refunded; so it is if its refund was due before the dispute returned it. `capture` is the
    primary capture as it will be stored."""
    changes = replace(changes, refunded_amount=min(refunded_total(capture), capture.amount))
    if payment.reason is not StatusReason.CHARGEBACK:
        due = replace(changes, status=PaymentStatus.REFUND_PENDING)
        return Decision(Verdict.REFUND_DUE, replace(due, next_poll_at=due_refund_poll(capture, now)))
    if _may_grant_again(enrollment):
        restored = replace(changes, status=PaymentStatus.CAPTURED, reason=None)
        access = activation_changes(payment.order_id, now)
        return Decision(Verdict.GRANTED, with_next_poll(payment, restored, now), access)
    due = replace(changes, status=PaymentStatus.REFUND_PENDING, reason=_refund_reason(enrollment))
    return Decision(Verdict.REFUND_DUE, replace(due, next_poll_at=due_refund_poll(capture, now)))


def _may_grant_again(enrollment: Enrollment | None) -> bool:
    if enrollment is None or enrollment.status is EnrollmentStatus.PENDING:
        return True
    return enrollment.status is EnrollmentStatus.CANCELLED and enrollment.reason in _GRANT_AGAIN_REASONS


def _refund_reason(enrollment: Enrollment | None) -> StatusReason:
    if enrollment is not None and enrollment.status.gives_access:
        return StatusReason.DUPLICATE
    requested = enrollment is not None and enrollment.reason in _REFUND_REQUESTED_REASONS
    return StatusReason.REQUESTED if requested else StatusReason.NO_LONGER_WANTED
