"""The only decision about money: (payment, enrollment, evidence, now) > what changes. Pure: no I/O, no clock.

The source of the evidence does not matter. Evidence that is known already changes nothing, so every message may come
twice, late, and in any order.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final, assert_never

from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import (
    extra_captures,
    primary_capture,
    unresolved_payments,
    voided_payment_ids,
)
from shared.domain.captures import CapturedPayment
from shared.domain.changes import EnrollmentChanges, PaymentChanges
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.enrollment_rules import activation_changes, cancellation_changes
from shared.settlement.amount_rules import DEFAULT_POLICY, AmountCheck, AmountPolicy, check_amount
from shared.settlement.attempt_rules import poll_completed, with_unresolved_attempts
from shared.settlement.balances import on_hold
from shared.settlement.decision import (
    HELD_REASONS,
    NO_CHANGE,
    Decision,
    Verdict,
    held_reason,
    is_basis_of,
)
from shared.settlement.dispute_rules import dispute_reported
from shared.settlement.evidence import (
    AccessRevoked,
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    DisputeReported,
    Evidence,
    HoldAccepted,
    ManualRefund,
    NoPaymentFound,
    PollCompleted,
    Refunded,
    RefundEvidence,
    RefundRejected,
    RefundRequested,
    SignedCheckout,
)
from shared.settlement.extra_capture_rules import add_duplicate_capture, hold_mismatched_capture
from shared.settlement.hold_rules import (
    accept_hold,
    can_become_primary,
    primary_capture_changes,
    with_listed_hold,
)
from shared.settlement.order_rules import UNPAID, no_payment_found
from shared.settlement.poll_schedule import (
    CAPTURE_GRACE,
    ON_HOLD_POLL_DELAY,
    due_refund_poll,
    with_follow_up_poll,
    with_next_poll,
)
from shared.settlement.refund_rules import decide_refund

_UNCAPTURED: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED})
_REGRANTABLE_REASONS: Final = frozenset({StatusReason.EXPIRED, StatusReason.NOT_CAPTURED, StatusReason.MISMATCH})
"""An enrollment that was cancelled only because no matching payment was made: a late payment grants the course."""


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
        decision = _replace_authorized_basis(decision, payment, evidence, now)
    decision = with_unresolved_attempts(payment, decision, evidence, now)
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
            return _checkout_signed(payment, enrollment, evidence, now)
        case Authorized():
            return _authorized(payment, enrollment, evidence, now, policy)
        case Captured():
            return _captured(payment, enrollment, evidence, now, policy)
        case AttemptFailed():
            return _attempt_failed(payment)
        case NoPaymentFound():
            return no_payment_found(payment, enrollment, now)
        case PollCompleted():
            return poll_completed(payment, evidence, now)
        case AuthorizationVoided():
            return _authorization_voided(payment, enrollment, evidence, now)
        case HoldAccepted() | AccessRevoked():
            return _decided_by_admin(payment, enrollment, evidence, now)
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


def _replace_authorized_basis(duplicate: Decision, payment: Payment, evidence: Evidence, now: datetime) -> Decision:
    """If access was granted by an authorization and a different payment is captured (or a dispute of it was won after
    all), the captured payment becomes the basis of access. If the authorization is captured later, it is refunded as
    the duplicate; if it is voided, the learner keeps the course."""
    kept = replace(duplicate.payment, status=PaymentStatus.CAPTURED, reason=None)
    if isinstance(evidence, Captured):
        changes = with_follow_up_poll(payment, kept, evidence, now)
    else:
        changes = with_next_poll(payment, kept, now)
    return Decision(Verdict.GRANTED, changes, EnrollmentChanges(granted_by=payment.order_id))


def _attempt_failed(payment: Payment) -> Decision:
    return Decision(Verdict.RECORDED) if payment.status is PaymentStatus.PENDING else NO_CHANGE


def _checkout_signed(
    payment: Payment, enrollment: Enrollment | None, evidence: SignedCheckout, now: datetime
) -> Decision:
    if _is_authorized_by(payment, evidence.payment_id) or not _can_be_authorized(payment, evidence.payment_id):
        return NO_CHANGE
    if payment.reason in HELD_REASONS:
        return _checkout_after_mismatch(payment, enrollment, now)
    return _record_authorization(payment, enrollment, evidence.payment_id, now)


def _authorized(
    payment: Payment, enrollment: Enrollment | None, evidence: Authorized, now: datetime, policy: AmountPolicy
) -> Decision:
    """An authorization of another amount that a rule accepts, or may accept once the fee is known, neither grants nor
    ends access: its capture decides."""
    known = _is_authorized_by(payment, evidence.payment_id)
    if not known and not _can_be_authorized(payment, evidence.payment_id):
        return NO_CHANGE
    check = check_amount(payment, evidence, policy)
    if check is AmountCheck.UNEXPLAINED:
        return _hold_mismatched_authorization(payment, enrollment, now)
    if known:
        return NO_CHANGE
    if check is AmountCheck.MATCHES:
        return _record_authorization(payment, enrollment, evidence.payment_id, now)
    return _poll_soon(payment, now)


def _is_authorized_by(payment: Payment, payment_id: str) -> bool:
    """Whether this attempt is recorded as the payment's authorization."""
    return bool(payment.status is PaymentStatus.AUTHORIZED and payment_id == payment.payment_id)


def _can_be_authorized(payment: Payment, payment_id: str) -> bool:
    return payment.status in UNPAID and not _authorization_ended(payment, payment_id)


def _authorization_ended(payment: Payment, payment_id: str) -> bool:
    """Whether this attempt is known as voided, or as an extra capture."""
    return payment_id in voided_payment_ids(payment) or payment_id in extra_captures(payment)


def _record_authorization(payment: Payment, enrollment: Enrollment | None, payment_id: str, now: datetime) -> Decision:
    changes = PaymentChanges(
        status=PaymentStatus.AUTHORIZED, reason=None, payment_id=payment_id, next_poll_at=now + CAPTURE_GRACE
    )
    if _may_grant(enrollment):
        return Decision(Verdict.GRANTED, changes, activation_changes(payment.order_id, now))
    return Decision(Verdict.RECORDED, changes)


def _captured(
    payment: Payment, enrollment: Enrollment | None, evidence: Captured, now: datetime, policy: AmountPolicy
) -> Decision:
    check, known = check_amount(payment, evidence, policy), extra_captures(payment).get(evidence.payment_id)
    if known and not (check.is_accepted and can_become_primary(payment, known) and known.amount == evidence.amount):
        return NO_CHANGE
    if payment.status not in _UNCAPTURED:
        return add_duplicate_capture(payment, evidence, now)
    if not check.is_accepted:
        return hold_mismatched_capture(payment, enrollment, evidence, now)
    capture = known or CapturedPayment(evidence.amount, evidence.currency)
    captured = primary_capture_changes(payment, evidence.payment_id, capture, check.rule, now)
    if is_basis_of(payment, enrollment):
        return Decision(Verdict.CAPTURED, with_follow_up_poll(payment, captured, evidence, now))
    if _may_grant(enrollment):
        changes = with_follow_up_poll(payment, captured, evidence, now)
        return Decision(Verdict.GRANTED, changes, activation_changes(payment.order_id, now))
    return Decision(
        Verdict.REFUND_DUE,
        replace(captured, status=PaymentStatus.REFUND_PENDING, reason=_unwanted_reason(enrollment), next_poll_at=now),
    )


def _unwanted_reason(enrollment: Enrollment | None) -> StatusReason:
    """Why a captured payment that may not grant access is refunded."""
    has_access = enrollment is not None and enrollment.status.gives_access
    return StatusReason.DUPLICATE if has_access else StatusReason.NO_LONGER_WANTED


def _authorization_voided(
    payment: Payment, enrollment: Enrollment | None, evidence: AuthorizationVoided, now: datetime
) -> Decision:
    """The attempt is remembered as voided: its checkout, or a late webhook that still reports it as authorized, must
    not grant the course again."""
    voided = voided_payment_ids(payment)
    may_matter = payment.status in _UNCAPTURED or evidence.payment_id in unresolved_payments(payment)
    if not may_matter or evidence.payment_id in voided:
        return NO_CHANGE
    recorded = PaymentChanges(voided_payment_ids=(*voided, evidence.payment_id))
    if payment.status is not PaymentStatus.AUTHORIZED or payment.payment_id != evidence.payment_id:
        return Decision(Verdict.RECORDED, recorded)
    reason = StatusReason.MISMATCH if on_hold(payment) else StatusReason.NOT_CAPTURED
    failed = replace(recorded, status=PaymentStatus.FAILED, reason=reason)
    ends = is_basis_of(payment, enrollment)
    return Decision(
        Verdict.REVOKED,
        with_next_poll(payment, failed, now),
        cancellation_changes(StatusReason.NOT_CAPTURED, now) if ends else None,
    )


def _decided_by_admin(
    payment: Payment, enrollment: Enrollment | None, evidence: HoldAccepted | AccessRevoked, now: datetime
) -> Decision:
    if isinstance(evidence, HoldAccepted):
        return accept_hold(payment, enrollment, evidence, now)
    return _access_revoked(payment, enrollment, now)


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


def _hold_mismatched_authorization(payment: Payment, enrollment: Enrollment | None, now: datetime) -> Decision:
    """An authorization of another amount or currency is never captured and never grants access. It ends the access of
    a checkout that was accepted before the amount was known."""
    due = payment.next_poll_at
    if payment.reason in HELD_REASONS and due and due > now:
        return NO_CHANGE
    ends = is_basis_of(payment, enrollment)
    return Decision(
        Verdict.ON_HOLD,
        PaymentChanges(reason=held_reason(payment), next_poll_at=now + ON_HOLD_POLL_DELAY),
        cancellation_changes(StatusReason.MISMATCH, now) if ends else None,
    )


def _checkout_after_mismatch(payment: Payment, enrollment: Enrollment | None, now: datetime) -> Decision:
    """A checkout on an order with a mismatched payment. Only Razorpay can tell whether the checkout is of a matching
    one: with a capture on hold, the order is polled soon."""
    if not on_hold(payment):
        return _hold_mismatched_authorization(payment, enrollment, now)
    return _poll_soon(payment, now)


def _poll_soon(payment: Payment, now: datetime) -> Decision:
    """Schedules a poll after the time in which Razorpay captures by itself, unless one is due before."""
    soon, due = now + CAPTURE_GRACE, payment.next_poll_at
    if due and due <= soon:
        return NO_CHANGE
    return Decision(Verdict.RECORDED, PaymentChanges(next_poll_at=soon))


def _may_grant(enrollment: Enrollment | None) -> bool:
    if enrollment is None or enrollment.status is EnrollmentStatus.PENDING:
        return True
    return enrollment.status is EnrollmentStatus.CANCELLED and enrollment.reason in _REGRANTABLE_REASONS
