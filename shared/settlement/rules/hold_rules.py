"""Rules for money on hold: captured payments that no rule accepts. An admin accepts them, or refunds them. Pure."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.db.entities import Enrollment, Payment
from shared.db.payments.payment_attributes import apply_payment_changes, extra_captures
from shared.domain.captures import AmountRule, CapturedPayment
from shared.domain.changes import UNCHANGED, EnrollmentChanges, PaymentChanges, Unchanged
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import activation_changes, cancellation_changes
from shared.settlement.balances import on_hold, refundable_balance, refunded_total
from shared.settlement.decision import NO_CHANGE, Decision, Verdict, is_basis_of
from shared.settlement.evidence import HoldAccepted
from shared.settlement.poll_schedule import with_next_poll

MAX_LISTED_ORDERS: Final = 20
"""Of one learner for one course. While one is listed the learner gets no other order, so more are hardly possible."""


def primary_capture_changes(
    payment: Payment, payment_id: str, capture: CapturedPayment, rule: AmountRule | None, now: datetime
) -> PaymentChanges:
    """The changes that make `capture` the primary one: a new capture, or one on hold with its refunds, reversals and
    disputes. The others on hold are released for their refund, because one capture pays for the order."""
    return PaymentChanges(
        status=PaymentStatus.CAPTURED,
        reason=None,
        payment_id=payment_id,
        captured_amount=capture.amount,
        captured_at=now,
        amount_rule=rule or UNCHANGED,
        refunds=capture.refunds or UNCHANGED,
        reversals=capture.reversals or UNCHANGED,
        disputes=capture.disputes or UNCHANGED,
        refunded_amount=min(refunded_total(capture), capture.amount) or UNCHANGED,
        refund_error=capture.rejection or UNCHANGED,
        extra_captures=_other_captures(payment, payment_id),
    )


def _other_captures(payment: Payment, payment_id: str) -> dict[str, CapturedPayment] | Unchanged:
    captures = extra_captures(payment)
    others = {key: _released(each) for key, each in captures.items() if key != payment_id}
    return UNCHANGED if others == captures else others


def _released(capture: CapturedPayment) -> CapturedPayment:
    return replace(capture, on_hold=False, released=True) if capture.on_hold else capture


def can_become_primary(payment: Payment, capture: CapturedPayment) -> bool:
    """Whether the capture is on hold, in the order's currency, and something is left of it."""
    return capture.on_hold and capture.currency == payment.currency and refundable_balance(capture) > 0


def accept_hold(payment: Payment, enrollment: Enrollment | None, evidence: HoldAccepted, now: datetime) -> Decision:
    """An admin accepts a capture on hold as the payment for the order: it becomes the primary one, and the course is
    granted. Rejected while the learner has access on another basis: the money would pay for nothing."""
    if _was_accepted(payment, evidence.payment_id):
        return NO_CHANGE
    capture = extra_captures(payment).get(evidence.payment_id)
    is_basis = is_basis_of(payment, enrollment)
    has_other_access = enrollment is not None and enrollment.status.gives_access and not is_basis
    if capture is None or not can_become_primary(payment, capture) or has_other_access:
        return Decision(Verdict.REJECTED)
    changes = primary_capture_changes(payment, evidence.payment_id, capture, AmountRule.ACCEPTED, now)
    if evidence.instructor_id != payment.instructor_id:
        changes = replace(changes, instructor_id=evidence.instructor_id)
    changes = with_next_poll(payment, changes, now)
    if is_basis:
        return Decision(Verdict.CAPTURED, changes)
    return Decision(Verdict.GRANTED, changes, activation_changes(payment.order_id, now))


def _was_accepted(payment: Payment, payment_id: str) -> bool:
    return payment.amount_rule is AmountRule.ACCEPTED and payment.payment_id == payment_id


def with_listed_hold(payment: Payment, enrollment: Enrollment | None, decision: Decision, now: datetime) -> Decision:
    """`decision`, and the enrollment's list of orders with money on hold as it is after it: create-order creates no
    order while one is listed. An adopted order with money on hold gets an enrollment for the list; an orphaned one does
    not, because its course cannot be bought."""
    holds = bool(on_hold(apply_payment_changes(payment, decision.payment)))
    listed = tuple(enrollment.orders_on_hold or ()) if enrollment else ()
    updated = _updated_list(listed, payment.order_id, holds=holds)
    if updated == listed:
        return decision
    if enrollment is None and payment.reason is StatusReason.ORPHANED:
        return decision
    created = EnrollmentChanges() if enrollment else cancellation_changes(StatusReason.MISMATCH, now)
    changes = replace(decision.enrollment or created, orders_on_hold=updated)
    verdict = Verdict.RECORDED if decision.verdict is Verdict.NO_CHANGE else decision.verdict
    return replace(decision, verdict=verdict, enrollment=changes)


def _updated_list(listed: tuple[str, ...], order_id: str, *, holds: bool) -> tuple[str, ...]:
    if not holds:
        return tuple(each for each in listed if each != order_id)
    if order_id in listed or len(listed) >= MAX_LISTED_ORDERS:
        return listed
    return (*listed, order_id)
