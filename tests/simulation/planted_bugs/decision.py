"""Mutations of the one decision."""

from dataclasses import replace
from typing import Any

from shared.domain.captures import RefundStatus
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.settlement import decide
from shared.settlement.decision import NO_CHANGE, Verdict
from shared.settlement.evidence import (
    AttemptFailed,
    Captured,
    DisputeLost,
    NoPaymentFound,
    Refunded,
    SignedCheckout,
)
from shared.settlement.poll_schedule import next_unpaid_poll
from tests.simulation.planted_bugs.patching import Patch, patch_decision, patch_rule


def rejects_captures_on_failed_orders() -> list[Patch]:
    return [(decide, "_UNCAPTURED", frozenset({PaymentStatus.PENDING, PaymentStatus.AUTHORIZED}))]


def keeps_a_duplicate_capture() -> list[Patch]:
    """What was paid twice is captured and stays so."""

    def kept(given: Any, *_: Any) -> Any:
        if given.verdict is not Verdict.REFUND_DUE:
            return given
        changes = replace(given.payment, status=PaymentStatus.CAPTURED, reason=None, next_poll_at=None)
        return replace(given, payment=changes)

    return [patch_decision(Captured, kept)]


def ignores_a_second_capture_on_one_order() -> list[Patch]:
    return [(decide, "record_duplicate_capture", lambda *_: NO_CHANGE)]


def cancels_any_enrollment_on_a_refund() -> list[Patch]:
    """A refund of one order takes the access that another one paid."""

    def ends(given: Any, _payment: Any, enrollment: Any, _evidence: Any, now: Any) -> Any:
        if given.verdict is Verdict.REFUNDED and enrollment and enrollment.status.gives_access:
            return replace(given, enrollment=cancellation_changes(StatusReason.REFUNDED, now))
        return given

    return [patch_decision(Refunded, ends)]


def captures_again_after_a_refund() -> list[Patch]:
    return [(decide, "_UNCAPTURED", decide._UNCAPTURED | {PaymentStatus.REFUNDED})]


def treats_a_checkout_as_a_capture() -> list[Patch]:
    """A signature proves that the payment is authorised, not that it is captured."""

    def captured(given: Any, payment: Any, _enrollment: Any, _evidence: Any, now: Any) -> Any:
        if given.verdict is not Verdict.GRANTED:
            return given
        changes = replace(
            given.payment,
            status=PaymentStatus.CAPTURED,
            captured_amount=payment.amount,
            captured_at=now,
            next_poll_at=None,
        )
        return replace(given, payment=changes)

    return [patch_decision(SignedCheckout, captured)]


def stops_polling_authorized_payments() -> list[Patch]:
    def unwatched(given: Any, *_: Any) -> Any:
        if given.verdict is Verdict.NO_CHANGE:
            return given
        return replace(given, payment=replace(given.payment, next_poll_at=None))

    return [patch_decision(SignedCheckout, unwatched)]


def fails_the_order_on_a_failed_attempt() -> list[Patch]:
    """One attempt failed, so the order is given up; Razorpay allows the next on the same order."""

    def ended(given: Any, payment: Any, enrollment: Any, _evidence: Any, now: Any) -> Any:
        if given.verdict is not Verdict.RECORDED or not enrollment or enrollment.order_id != payment.order_id:
            return given
        failed = PaymentChanges(
            status=PaymentStatus.FAILED,
            reason=StatusReason.NO_LONGER_WANTED,
            next_poll_at=next_unpaid_poll(payment, now),
        )
        return replace(given, payment=failed, enrollment=cancellation_changes(StatusReason.WITHDRAWN, now))

    return [patch_decision(AttemptFailed, ended)]


def grants_no_access_for_a_late_capture() -> list[Patch]:
    return [(decide, "_REGRANTABLE_REASONS", frozenset())]


def expires_an_order_inside_its_window() -> list[Patch]:
    def early(given: Any, payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        over = nothing_paid(payment, enrollment, evidence, max(now, payment.window_ends_at))
        return over if payment.status is PaymentStatus.PENDING else given

    nothing_paid = decide._apply_rule
    return [patch_decision(NoPaymentFound, early)]


def counts_a_refund_for_every_webhook() -> list[Patch]:
    """refund.created and refund.processed of one refund are two."""

    def twice(payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        again = replace(evidence, refund_id=f"{evidence.refund_id}{payment.version}", status=RefundStatus.PROCESSED)
        return refunded(payment, enrollment, again, now)

    refunded = decide._apply_rule
    return [patch_rule(Refunded, twice)]


def ignores_a_lost_dispute() -> list[Patch]:
    return [patch_rule(DisputeLost, lambda *_: NO_CHANGE)]


def ignores_a_mismatched_capture() -> list[Patch]:
    return [(decide, "hold_mismatched_capture", lambda *_: NO_CHANGE)]


def refunds_a_capture_beside_an_authorization() -> list[Patch]:
    """The reserved money may yet go back, and the learner has paid twice for nothing."""
    return [(decide, "_replace_authorized_basis", lambda duplicate, *_: duplicate)]


def reverses_all_for_a_partial_dispute() -> list[Patch]:
    lost = decide._apply_rule

    def whole(payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        return lost(payment, enrollment, replace(evidence, amount=payment.captured_amount), now)

    return [patch_rule(DisputeLost, whole)]


def accepts_any_amount() -> list[Patch]:
    return [(decide, "amount_matches", lambda *_: True)]


def accepts_a_voided_payment_again() -> list[Patch]:
    return [(decide, "voided_payment_ids", lambda _: ())]
