"""What each rule about money of another amount writes, to the last attribute."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cli._situations import AMOUNT, ENROLLMENTS, NOW, PAYMENT_ID, make_payment
from functions.payments.decide import decide
from functions.payments.decision import NO_CHANGE, Decision, Verdict
from functions.payments.evidence import (
    AuthorizationVoided,
    Authorized,
    Captured,
    Evidence,
    NoPaymentFound,
    Refunded,
    RefundRequested,
    RefundStatus,
    SignedCheckout,
)
from shared.lifecycle import PaymentStatus, StatusReason
from tests.unit.payments.decided import (
    AUTHORIZED,
    CAPTURED,
    NO_TIMER,
    OPEN,
    RESERVED,
    SETTLED,
    WAITS,
    due,
    ended,
    held,
    opened,
    pending,
)

RESERVED_WRONGLY = [Authorized(PAYMENT_ID, AMOUNT - 1, "INR"), Authorized(PAYMENT_ID, AMOUNT, "USD")]
CAPTURED_WRONGLY = [Captured(PAYMENT_ID, AMOUNT + 1, "INR"), Captured(PAYMENT_ID, AMOUNT, "USD")]


class TestReservedMoneyOfAnotherAmount:
    @pytest.mark.parametrize("evidence", RESERVED_WRONGLY, ids=str)
    def test_opens_nothing(self, evidence: Evidence) -> None:
        kept = {"reason": StatusReason.MISMATCH, **due(24 * 60)}
        assert decide(pending(), WAITS, evidence, NOW) == Decision(Verdict.ON_HOLD, kept)

    @pytest.mark.parametrize("evidence", [SignedCheckout(PAYMENT_ID), RESERVED_WRONGLY[0]], ids=str)
    def test_keeps_a_checkout_from_being_believed(self, evidence: Evidence) -> None:
        seen = pending(reason=StatusReason.MISMATCH, **due(1))
        assert decide(seen, WAITS, evidence, NOW) == NO_CHANGE
        kept = {"reason": StatusReason.MISMATCH, **due(24 * 60)}
        for timer in (due(0), NO_TIMER):
            again = decide(pending(reason=StatusReason.MISMATCH, **timer), WAITS, evidence, NOW)
            assert again == Decision(Verdict.ON_HOLD, kept)

    def test_keeps_the_right_money_from_nothing(self) -> None:
        seen = pending(reason=StatusReason.MISMATCH, **due(1))
        assert decide(seen, WAITS, AUTHORIZED, NOW) == Decision(Verdict.GRANTED, RESERVED | due(15), opened())
        assert decide(seen, WAITS, CAPTURED, NOW) == Decision(Verdict.GRANTED, SETTLED, opened())


class TestCapturedMoneyOfAnotherAmount:
    @pytest.mark.parametrize("evidence", CAPTURED_WRONGLY, ids=str)
    def test_is_held_and_the_order_and_what_waits_for_it_end(self, evidence: Captured) -> None:
        failed = {
            "status": PaymentStatus.FAILED,
            "reason": StatusReason.MISMATCH,
            "surplus": held(evidence),
            **due(24 * 60),
        }
        given = decide(pending(), WAITS, evidence, NOW)
        assert given == Decision(Verdict.ON_HOLD, failed, ended(StatusReason.MISMATCH))

    @pytest.mark.parametrize("name", ["none", "pending for another order", "active by another order"])
    def test_ends_no_enrollment_that_has_nothing_to_do_with_it(self, name: str) -> None:
        for status in (PaymentStatus.PENDING, PaymentStatus.AUTHORIZED):
            given = decide(make_payment(status), ENROLLMENTS[name], CAPTURED_WRONGLY[0], NOW)
            assert (given.verdict, given.enrollment) == (Verdict.ON_HOLD, {})

    def test_takes_back_what_a_checkout_was_believed(self) -> None:
        given = decide(make_payment(PaymentStatus.AUTHORIZED), OPEN, CAPTURED_WRONGLY[0], NOW)
        assert (given.payment["status"], given.enrollment) == (PaymentStatus.FAILED, ended(StatusReason.MISMATCH))

    def test_is_looked_at_soon_when_there_is_more_to_be_heard(self) -> None:
        one = replace(CAPTURED_WRONGLY[0], has_pending_evidence=True)
        kept = {"status": PaymentStatus.FAILED, "reason": StatusReason.MISMATCH, "surplus": held(one), **due(15)}
        assert decide(pending(), WAITS, one, NOW) == Decision(Verdict.ON_HOLD, kept, ended(StatusReason.MISMATCH))
        known = {**held(CAPTURED_WRONGLY[0]), "pay_BBBBBBBBBBBBBB": {**held(one)[PAYMENT_ID], "held": False}}
        beside = pending(surplus={"pay_BBBBBBBBBBBBBB": known["pay_BBBBBBBBBBBBBB"]})
        assert decide(beside, WAITS, one, NOW).payment["gsi2sk"] == due(0)["gsi2sk"]

    def test_is_held_on_an_order_that_has_failed_already(self) -> None:
        failed = {"reason": StatusReason.MISMATCH, "surplus": held(CAPTURED_WRONGLY[0]), **due(24 * 60)}
        given = decide(make_payment(PaymentStatus.FAILED), None, CAPTURED_WRONGLY[0], NOW)
        assert given == Decision(Verdict.ON_HOLD, failed)

    @pytest.mark.parametrize(
        "evidence",
        [SignedCheckout(PAYMENT_ID), *RESERVED_WRONGLY, AUTHORIZED, *CAPTURED_WRONGLY, NoPaymentFound()],
        ids=str,
    )
    def test_stays_held_whatever_is_said_of_it(self, evidence: Evidence) -> None:
        failed = make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=held(CAPTURED_WRONGLY[0]))
        assert decide(failed, ENROLLMENTS["cancelled: mismatch"], evidence, NOW) == NO_CHANGE

    def test_goes_back_when_the_right_money_comes(self) -> None:
        wrong = Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR")
        failed = make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=held(wrong))
        back = {"pay_BBBBBBBBBBBBBB": {**held(wrong)["pay_BBBBBBBBBBBBBB"], "held": False}}
        settled = {**SETTLED, "surplus": back, **due(0)}
        for waits in (WAITS, ENROLLMENTS["cancelled: mismatch"]):
            assert decide(failed, waits, CAPTURED, NOW) == Decision(Verdict.GRANTED, settled, opened())

    def test_goes_back_when_an_admin_says_so(self) -> None:
        back = {PAYMENT_ID: {**held(CAPTURED_WRONGLY[0])[PAYMENT_ID], "held": False}}
        failed = make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=held(CAPTURED_WRONGLY[0]))
        given = decide(failed, None, RefundRequested("all", None, PAYMENT_ID), NOW)
        assert given == Decision(Verdict.REFUND_DUE, {"surplus": back, **due(0)})
        part = decide(failed, None, RefundRequested("part", 100, PAYMENT_ID), NOW)
        assert part == Decision(Verdict.REJECTED)
        assert decide(failed, None, RefundRequested("all", None), NOW) == Decision(Verdict.REJECTED)
        released = make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=back)
        assert decide(released, None, RefundRequested("all", None, PAYMENT_ID), NOW) == NO_CHANGE
        assert (
            decide(make_payment(PaymentStatus.FAILED), None, RefundRequested("all", None), NOW).verdict
            is Verdict.REJECTED
        )

    @pytest.mark.parametrize("released", [True, False])
    def test_is_over_when_all_of_it_is_back(self, released: bool) -> None:
        kept = {**held(CAPTURED_WRONGLY[0])[PAYMENT_ID], "held": not released}
        failed = make_payment(
            PaymentStatus.FAILED, window_over=True, reason=StatusReason.MISMATCH, surplus={PAYMENT_ID: kept}
        )
        part = decide(failed, None, Refunded(PAYMENT_ID, "rfnd_AAAAAAAAAAAAAA", 100, RefundStatus.PROCESSED), NOW)
        assert "reason" not in part.payment
        refund = {"rfnd_AAAAAAAAAAAAAA": {"amount": AMOUNT + 1, "status": "processed"}}
        given = decide(
            failed, None, Refunded(PAYMENT_ID, "rfnd_AAAAAAAAAAAAAA", AMOUNT + 1, RefundStatus.PROCESSED), NOW
        )
        over = {"surplus": {PAYMENT_ID: {**kept, "refunds": refund}}, "reason": StatusReason.REFUNDED, **due(30)}
        assert given == Decision(Verdict.RECORDED, over)

    def test_leaves_the_timer_of_money_that_is_reserved_alone(self) -> None:
        wrong = Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR")
        reserved = make_payment(PaymentStatus.AUTHORIZED, surplus=held(wrong))
        refund = Refunded(wrong.payment_id, "rfnd_AAAAAAAAAAAAAA", AMOUNT - 1, RefundStatus.PROCESSED)
        assert decide(reserved, OPEN, refund, NOW).payment.keys() == {"surplus"}


class TestLooksAtHeldMoney:
    HELD = held(Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR"))
    RELEASED = {"pay_BBBBBBBBBBBBBB": {**HELD["pay_BBBBBBBBBBBBBB"], "held": False}}

    @pytest.mark.parametrize("beside", [HELD, RELEASED], ids=["held", "released"])
    def test_nothing_paid_moves_no_timer_of_it(self, beside: dict[str, Any]) -> None:
        failed = make_payment(PaymentStatus.FAILED, window_over=True, reason=StatusReason.MISMATCH, surplus=beside)
        assert decide(failed, None, NoPaymentFound(), NOW) == NO_CHANGE

    @pytest.mark.parametrize(
        ("beside", "reason", "look"),
        [(HELD, StatusReason.MISMATCH, due(24 * 60)), (RELEASED, StatusReason.NOT_CAPTURED, due(0))],
    )
    def test_reserved_money_that_goes_back_leaves_its_timer(
        self, beside: dict[str, Any], reason: StatusReason, look: dict[str, Any]
    ) -> None:
        reserved = make_payment(PaymentStatus.AUTHORIZED, surplus=beside, window_ends_at=NOW - timedelta(days=7))
        lost = {"status": PaymentStatus.FAILED, "reason": reason, "returned_payment_ids": [PAYMENT_ID], **look}
        assert decide(reserved, OPEN, AuthorizationVoided(PAYMENT_ID), NOW).payment == lost

    @pytest.mark.parametrize(("timer", "moves"), [(due(24 * 60), True), (NO_TIMER, True), (due(15), False)])
    def test_a_checkout_on_its_order_is_looked_at_soon(self, timer: dict[str, Any], moves: bool) -> None:
        failed = make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=self.HELD, **timer)
        given = decide(failed, None, SignedCheckout(PAYMENT_ID), NOW)
        assert given == (Decision(Verdict.RECORDED, due(15)) if moves else NO_CHANGE)


def test_a_checkout_that_was_believed_is_taken_back_when_another_amount_is_authorised() -> None:
    believed = make_payment(PaymentStatus.AUTHORIZED)
    given = decide(believed, OPEN, Authorized(PAYMENT_ID, AMOUNT - 1, "INR"), NOW)
    assert (given.verdict, given.payment["reason"]) == (Verdict.ON_HOLD, StatusReason.MISMATCH)
    assert given.enrollment == ended(StatusReason.MISMATCH)
    assert decide(believed, OPEN, Authorized(PAYMENT_ID, AMOUNT, "INR"), NOW) == NO_CHANGE
