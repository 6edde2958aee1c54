"""Planted bugs of `decide` and its rules."""

from dataclasses import replace
from typing import Any

from shared.domain.captures import DisputeStatus, RefundStatus
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.settlement import decide
from shared.settlement import decision as verdicts
from shared.settlement.decision import NO_CHANGE, Verdict
from shared.settlement.evidence import (
    AttemptFailed,
    Captured,
    DisputeReported,
    NoPaymentFound,
    Refunded,
    SignedCheckout,
)
from shared.settlement.poll_schedule import next_poll_while_unpaid
from shared.settlement.rules import authorization_rules, capture_rules
from shared.settlement.rules.amount_rules import AmountCheck
from shared.settlement.settle import amount_policy
from tests.simulation.planted_bugs.patching import Patch, patch_decision, patch_rule


def rejects_captures_on_failed_orders() -> list[Patch]:
    return [(capture_rules, "UNCAPTURED", frozenset({PaymentStatus.PENDING, PaymentStatus.AUTHORIZED}))]


def keeps_a_duplicate_capture() -> list[Patch]:
    """A duplicate capture is not refunded."""

    def keep_capture(decision: Any, *_: Any) -> Any:
        if decision.verdict is not Verdict.REFUND_DUE:
            return decision
        changes = replace(decision.payment, status=PaymentStatus.CAPTURED, reason=None, next_poll_at=None)
        return replace(decision, payment=changes)

    return [patch_decision(Captured, keep_capture)]


def ignores_a_second_capture_on_one_order() -> list[Patch]:
    return [(capture_rules, "add_duplicate_capture", lambda *_: NO_CHANGE)]


def cancels_any_enrollment_on_a_refund() -> list[Patch]:
    """A refund of one order ends the access that another order granted."""

    def cancel_any(decision: Any, _payment: Any, enrollment: Any, _evidence: Any, now: Any) -> Any:
        if decision.verdict is Verdict.REFUNDED and enrollment and enrollment.status.gives_access:
            return replace(decision, enrollment=cancellation_changes(StatusReason.REFUNDED, now))
        return decision

    return [patch_decision(Refunded, cancel_any)]


def captures_again_after_a_refund() -> list[Patch]:
    return [(capture_rules, "UNCAPTURED", verdicts.UNCAPTURED | {PaymentStatus.REFUNDED})]


def treats_a_checkout_as_a_capture() -> list[Patch]:
    """The signature only proves that the payment is authorized."""

    def record_capture(decision: Any, payment: Any, _enrollment: Any, _evidence: Any, now: Any) -> Any:
        if decision.verdict is not Verdict.GRANTED:
            return decision
        changes = replace(
            decision.payment,
            status=PaymentStatus.CAPTURED,
            captured_amount=payment.amount,
            captured_at=now,
            next_poll_at=None,
        )
        return replace(decision, payment=changes)

    return [patch_decision(SignedCheckout, record_capture)]


def stops_polling_authorized_payments() -> list[Patch]:
    def without_poll(decision: Any, *_: Any) -> Any:
        if decision.verdict is Verdict.NO_CHANGE:
            return decision
        return replace(decision, payment=replace(decision.payment, next_poll_at=None))

    return [patch_decision(SignedCheckout, without_poll)]


def fails_the_order_on_a_failed_attempt() -> list[Patch]:
    """A failed attempt ends the order, although Razorpay allows another attempt on it."""

    def fail_order(decision: Any, payment: Any, enrollment: Any, _evidence: Any, now: Any) -> Any:
        if decision.verdict is not Verdict.RECORDED or not enrollment or enrollment.order_id != payment.order_id:
            return decision
        failed = PaymentChanges(
            status=PaymentStatus.FAILED,
            reason=StatusReason.NO_LONGER_WANTED,
            next_poll_at=next_poll_while_unpaid(payment, now),
        )
        return replace(decision, payment=failed, enrollment=cancellation_changes(StatusReason.WITHDRAWN, now))

    return [patch_decision(AttemptFailed, fail_order)]


def grants_no_access_for_a_late_capture() -> list[Patch]:
    return [(verdicts, "REGRANTABLE_REASONS", frozenset())]


def expires_an_order_inside_its_window() -> list[Patch]:
    apply_rule = decide._apply_rule

    def expire_early(decision: Any, payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        expired = apply_rule(payment, enrollment, evidence, max(now, payment.window_ends_at), amount_policy())
        return expired if payment.status is PaymentStatus.PENDING else decision

    return [patch_decision(NoPaymentFound, expire_early)]


def counts_a_refund_for_every_webhook() -> list[Patch]:
    """refund.created and refund.processed of one refund are counted as two refunds."""
    apply_rule = decide._apply_rule

    def count_each(payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        new_id = f"{evidence.refund_id}{payment.version}"
        counted = replace(evidence, refund_id=new_id, status=RefundStatus.PROCESSED)
        return apply_rule(payment, enrollment, counted, now, amount_policy())

    return [patch_rule(Refunded, count_each)]


def ignores_a_lost_dispute() -> list[Patch]:
    return [patch_rule(DisputeReported, lambda *_: NO_CHANGE)]


def ignores_a_mismatched_capture() -> list[Patch]:
    return [(capture_rules, "hold_mismatched_capture", lambda *_: NO_CHANGE)]


def refunds_a_capture_during_an_authorization() -> list[Patch]:
    """If the authorization is then voided, the learner has paid and has no access."""
    return [(decide, "replace_authorized_basis", lambda duplicate, *_: duplicate)]


def reverses_all_for_a_partial_dispute() -> list[Patch]:
    apply_rule = decide._apply_rule

    def reverse_all(payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        whole = replace(evidence.dispute, amount=payment.captured_amount, deducted=payment.captured_amount)
        lost = evidence.dispute.status is DisputeStatus.LOST
        reported = replace(evidence, dispute=whole) if lost else evidence
        return apply_rule(payment, enrollment, reported, now, amount_policy())

    return [patch_rule(DisputeReported, reverse_all)]


def accepts_any_amount() -> list[Patch]:
    return [(rules, "check_amount", lambda *_: AmountCheck.MATCHES) for rules in (authorization_rules, capture_rules)]


def accepts_a_voided_payment_again() -> list[Patch]:
    return [(authorization_rules, "voided_payment_ids", lambda _: ())]
