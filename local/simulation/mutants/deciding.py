"""Mutations of the one decision."""

from dataclasses import replace
from typing import Any

from functions.payments import decide, timers
from functions.payments.decision import KNOWN, Verdict
from functions.payments.evidence import (
    AttemptFailed,
    Captured,
    DisputeLost,
    NothingPaid,
    Refunded,
    RefundStatus,
    SignedCheckout,
)
from local.simulation.mutants.planting import Change, after
from shared.enrolling import cancellation
from shared.lifecycle import PaymentStatus, Reason


def rejects_money_for_failed_orders() -> list[Change]:
    return [(decide, "_OPEN", frozenset({PaymentStatus.PENDING, PaymentStatus.AUTHORIZED}))]


def keeps_a_duplicate() -> list[Change]:
    """What was paid twice is captured and stays so."""

    def kept(given: Any, *_: Any) -> Any:
        if given.verdict is not Verdict.TO_REFUND:
            return given
        ours = {"status": PaymentStatus.CAPTURED, "reason": None, **timers.no_timer()}
        return replace(given, payment={**given.payment, **ours})

    return [after(Captured, kept)]


def overlooks_a_second_capture_on_one_order() -> list[Change]:
    return [(decide, "captured_beside", lambda *_: KNOWN)]


def ends_any_enrollment_with_a_refund() -> list[Change]:
    """A refund of one order takes the access that another one paid."""

    def ends(given: Any, _payment: Any, enrollment: Any, _evidence: Any, now: Any) -> Any:
        if given.verdict is Verdict.REFUNDED and enrollment and enrollment.status.gives_access:
            return replace(given, enrollment=cancellation(Reason.REFUNDED, now))
        return given

    return [after(Refunded, ends)]


def captures_again_after_a_refund() -> list[Change]:
    return [(decide, "_OPEN", decide._OPEN | {PaymentStatus.REFUNDED})]


def takes_a_checkout_for_money() -> list[Change]:
    """A signature proves that the payment is authorised, not that it is captured."""

    def captured(given: Any, payment: Any, _enrollment: Any, _evidence: Any, now: Any) -> Any:
        if given.verdict is not Verdict.GRANTED:
            return given
        ours = {"status": PaymentStatus.CAPTURED, "captured_amount": payment.amount, "captured_at": now}
        return replace(given, payment={**given.payment, **ours, **timers.no_timer()})

    return [after(SignedCheckout, captured)]


def forgets_what_is_only_authorised() -> list[Change]:
    def unwatched(given: Any, *_: Any) -> Any:
        return replace(given, payment={**given.payment, **timers.no_timer()}) if given.payment else given

    return [after(SignedCheckout, unwatched)]


def ends_with_a_failed_attempt() -> list[Change]:
    """One attempt failed, so the order is given up; Razorpay allows the next on the same order."""

    def ended(given: Any, payment: Any, enrollment: Any, _evidence: Any, now: Any) -> Any:
        if given.verdict is not Verdict.RECORDED or not enrollment or enrollment.order_id != payment.order_id:
            return given
        lost = {"status": PaymentStatus.FAILED, "reason": Reason.NOT_WANTED, **timers.next_look(payment, now)}
        return replace(given, payment=lost, enrollment=cancellation(Reason.WITHDRAWN, now))

    return [after(AttemptFailed, ended)]


def gives_no_course_for_late_money() -> list[Change]:
    return [(decide, "_GRANTS_AGAIN", frozenset())]


def expires_while_it_can_be_paid() -> list[Change]:
    def early(given: Any, payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        over = nothing_paid(payment, enrollment, evidence, max(now, payment.window_ends_at))
        return over if payment.status is PaymentStatus.PENDING else given

    nothing_paid = decide._RULES[NothingPaid]
    return [after(NothingPaid, early)]


def counts_a_refund_for_every_message() -> list[Change]:
    """refund.created and refund.processed of one refund are two."""

    def twice(payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        again = replace(evidence, refund_id=f"{evidence.refund_id}{payment.version}", status=RefundStatus.PROCESSED)
        return refunded(payment, enrollment, again, now)

    refunded = decide._RULES[Refunded]
    return [(decide._RULES, Refunded, twice)]


def overlooks_a_lost_dispute() -> list[Change]:
    return [(decide._RULES, DisputeLost, lambda *_: KNOWN)]


def forgets_money_of_another_amount() -> list[Change]:
    return [(decide, "held_aside", lambda *_: KNOWN)]


def gives_back_what_was_paid_beside_reserved_money() -> list[Change]:
    """The reserved money may yet go back, and the learner has paid twice for nothing."""
    return [(decide, "_taken_over", lambda duplicate, *_: duplicate)]


def takes_all_for_a_part_of_a_dispute() -> list[Change]:
    lost = decide._RULES[DisputeLost]

    def whole(payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        return lost(payment, enrollment, replace(evidence, amount=payment.captured_amount), now)

    return [(decide._RULES, DisputeLost, whole)]


def believes_any_amount() -> list[Change]:
    return [(decide, "agrees", lambda *_: True)]


def believes_a_returned_payment_again() -> list[Change]:
    return [(decide, "_returned", lambda _: [])]
