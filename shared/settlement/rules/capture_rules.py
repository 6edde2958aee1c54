"""Rules for captures: they grant access, or are refunded. Pure."""

from dataclasses import replace
from datetime import datetime

from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import extra_captures
from shared.domain.captures import CapturedPayment
from shared.domain.changes import UNCHANGED, EnrollmentChanges, PaymentChanges
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import activation_changes
from shared.settlement.decision import NO_CHANGE, UNCAPTURED, Decision, Verdict, is_basis_of, may_grant
from shared.settlement.evidence import Captured, Evidence
from shared.settlement.poll_schedule import with_follow_up_poll, with_next_poll
from shared.settlement.rules.amount_rules import AmountPolicy, check_amount
from shared.settlement.rules.extra_capture_rules import add_duplicate_capture, hold_mismatched_capture
from shared.settlement.rules.hold_rules import can_become_primary, primary_capture_changes


def captured(
    payment: Payment, enrollment: Enrollment | None, evidence: Captured, now: datetime, policy: AmountPolicy
) -> Decision:
    check, known = check_amount(payment, evidence, policy), extra_captures(payment).get(evidence.payment_id)
    if known and not (check.is_accepted and can_become_primary(payment, known) and known.amount == evidence.amount):
        return NO_CHANGE
    if payment.status not in UNCAPTURED:
        return add_duplicate_capture(payment, evidence, now)
    if not check.is_accepted:
        return hold_mismatched_capture(payment, enrollment, evidence, now)
    capture = known or CapturedPayment(evidence.amount, evidence.currency)
    changes = _with_fee(primary_capture_changes(payment, evidence.payment_id, capture, check.rule, now), evidence)
    if is_basis_of(payment, enrollment):
        return Decision(Verdict.CAPTURED, with_follow_up_poll(payment, changes, evidence, now))
    if may_grant(enrollment):
        changes = with_follow_up_poll(payment, changes, evidence, now)
        return Decision(Verdict.GRANTED, changes, activation_changes(payment.order_id, now))
    return Decision(
        Verdict.REFUND_DUE,
        replace(changes, status=PaymentStatus.REFUND_PENDING, reason=_unwanted_reason(enrollment), next_poll_at=now),
    )


def _with_fee(changes: PaymentChanges, evidence: Captured) -> PaymentChanges:
    """With the fee that Razorpay charges for the capture. One that it does not state yet is not stored later: the
    ledger of the account has the fee of every payment."""
    fee = UNCHANGED if evidence.fee is None else evidence.fee
    return replace(changes, gateway_fee=fee, gateway_tax=UNCHANGED if evidence.tax is None else evidence.tax)


def _unwanted_reason(enrollment: Enrollment | None) -> StatusReason:
    """Why a captured payment that may not grant access is refunded."""
    has_access = enrollment is not None and enrollment.status.gives_access
    return StatusReason.DUPLICATE if has_access else StatusReason.NO_LONGER_WANTED


def replace_authorized_basis(duplicate: Decision, payment: Payment, evidence: Evidence, now: datetime) -> Decision:
    """If access was granted by an authorization and a different payment is captured (or a dispute of it was won after
    all), the captured payment becomes the basis of access. If the authorization is captured later, it is refunded as
    the duplicate; if it is voided, the learner keeps the course."""
    kept = replace(duplicate.payment, status=PaymentStatus.CAPTURED, reason=None)
    if isinstance(evidence, Captured):
        changes = with_follow_up_poll(payment, kept, evidence, now)
    else:
        changes = with_next_poll(payment, kept, now)
    return Decision(Verdict.GRANTED, changes, EnrollmentChanges(granted_by=payment.order_id))
