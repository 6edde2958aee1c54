"""The only decision about money: (payment, enrollment, evidence, now) > what changes. Pure: no I/O, no clock.

The source of the evidence does not matter. Evidence that is known already changes nothing, so every message may come
twice, late, and in any order.
"""

from datetime import datetime
from typing import assert_never

from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import primary_capture
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.settlement.decision import NO_CHANGE, Decision, Verdict, is_basis_of
from shared.settlement.evidence import (
    AccessRevoked,
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    DisputeReported,
    Evidence,
    HoldAccepted,
    LearnerRequestDecided,
    LearnerRequestEvidence,
    LearnerRequestOpened,
    LearnerRequestWithdrawn,
    ManualRefund,
    NoPaymentFound,
    PollCompleted,
    Refunded,
    RefundEvidence,
    RefundRejected,
    RefundRequested,
    SignedCheckout,
)
from shared.settlement.poll_schedule import due_refund_poll
from shared.settlement.rules.amount_rules import DEFAULT_POLICY, AmountPolicy
from shared.settlement.rules.attempt_rules import poll_completed, with_unresolved_attempts
from shared.settlement.rules.authorization_rules import authorization_voided, authorized, checkout_signed
from shared.settlement.rules.capture_rules import captured, replace_authorized_basis
from shared.settlement.rules.dispute_rules import dispute_reported
from shared.settlement.rules.hold_rules import accept_hold, with_listed_hold
from shared.settlement.rules.learner_request_rules import decide_learner_request, with_closed_request
from shared.settlement.rules.order_rules import no_payment_found
from shared.settlement.rules.refund_rules import decide_refund


def decide(
    payment: Payment,
    enrollment: Enrollment | None,
    evidence: Evidence,
    now: datetime,
    basis: Payment | None = None,
    *,
    policy: AmountPolicy = DEFAULT_POLICY,
) -> Decision:
    """`enrollment` is the payer's in the payment's course, None when there is none (an adopted order). `basis` is the
    other payment that granted the learner's access, when this one is captured too. `policy` says which differences from
    the order's amount are accepted."""
    decision = _apply_rule(payment, enrollment, evidence, now, policy)
    authorized_basis = basis is not None and basis.status is PaymentStatus.AUTHORIZED
    if authorized_basis and decision.payment.reason is StatusReason.DUPLICATE:
        decision = replace_authorized_basis(decision, payment, evidence, now)
    decision = with_unresolved_attempts(payment, decision, evidence, now)
    if decision.verdict.is_written:
        decision = with_closed_request(payment, decision, evidence, now)
    # A poll reports a capture on hold every day: an enrollment that does not list its order yet lists it then.
    if decision.verdict.is_written or isinstance(evidence, Captured):
        return with_listed_hold(payment, enrollment, decision, now)
    return decision


def _apply_rule(
    payment: Payment, enrollment: Enrollment | None, evidence: Evidence, now: datetime, policy: AmountPolicy
) -> Decision:
    """The decision of the rule for this kind of evidence."""
    match evidence:
        case SignedCheckout():
            return checkout_signed(payment, enrollment, evidence, now)
        case Authorized():
            return authorized(payment, enrollment, evidence, now, policy)
        case Captured():
            return captured(payment, enrollment, evidence, now, policy)
        case AttemptFailed():
            return _attempt_failed(payment)
        case NoPaymentFound():
            return no_payment_found(payment, enrollment, now)
        case PollCompleted():
            return poll_completed(payment, evidence, now)
        case AuthorizationVoided():
            return authorization_voided(payment, enrollment, evidence, now)
        case (
            HoldAccepted()
            | AccessRevoked()
            | LearnerRequestOpened()
            | LearnerRequestWithdrawn()
            | LearnerRequestDecided()
        ):
            return _decided_by_person(payment, enrollment, evidence, now)
        case DisputeReported() | Refunded() | RefundRequested() | RefundRejected() | ManualRefund():
            return _returned(payment, enrollment, evidence, now)
        case _:
            assert_never(evidence)


def _returned(
    payment: Payment, enrollment: Enrollment | None, evidence: DisputeReported | RefundEvidence, now: datetime
) -> Decision:
    """Money is returned to the learner, or a bank decides whether it is."""
    if isinstance(evidence, DisputeReported):
        return dispute_reported(payment, enrollment, evidence, now)
    return decide_refund(payment, enrollment, evidence, now)


def _attempt_failed(payment: Payment) -> Decision:
    return Decision(Verdict.RECORDED) if payment.status is PaymentStatus.PENDING else NO_CHANGE


def _decided_by_person(
    payment: Payment,
    enrollment: Enrollment | None,
    evidence: HoldAccepted | AccessRevoked | LearnerRequestEvidence,
    now: datetime,
) -> Decision:
    """The decisions of an admin, and the requests of the learner."""
    if isinstance(evidence, HoldAccepted):
        return accept_hold(payment, enrollment, evidence, now)
    if isinstance(evidence, AccessRevoked):
        return _access_revoked(payment, enrollment, now)
    return decide_learner_request(payment, enrollment, evidence, now)


def _access_revoked(payment: Payment, enrollment: Enrollment | None, now: datetime) -> Decision:
    """Ends the access. A captured payment is refunded. One that is only authorized is written too, without changes, so
    that it cannot be captured unnoticed in between: the sweep captures it, finds the access revoked, and refunds it."""
    if not is_basis_of(payment, enrollment):
        return Decision(Verdict.REJECTED)
    ended = cancellation_changes(StatusReason.REVOKED, now)
    if payment.status is not PaymentStatus.CAPTURED:
        return Decision(Verdict.REVOKED, PaymentChanges(), ended)
    next_poll_at = due_refund_poll(primary_capture(payment), now)
    changes = PaymentChanges(
        status=PaymentStatus.REFUND_PENDING, reason=StatusReason.REQUESTED, next_poll_at=next_poll_at
    )
    return Decision(Verdict.REFUND_DUE, changes, ended)
