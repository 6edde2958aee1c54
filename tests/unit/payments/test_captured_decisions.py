"""What each rule about captured money writes, to the last attribute: it settles, takes over, or goes back at once."""

from dataclasses import replace

import pytest

from cli._situations import AMOUNT, ENROLLMENTS, NOW, ORDER_ID, make_payment
from functions.payments.decide import decide
from functions.payments.decision import NO_CHANGE, Decision, Verdict
from functions.payments.evidence import (
    Captured,
)
from shared.lifecycle import PaymentStatus, StatusReason
from tests.unit.payments.decided import CAPTURED, OPEN, OTHERS, OURS, SETTLED, WAITS, due, held, opened, pending


class TestCapturedMoney:
    def test_settles_the_access_it_already_rests_under(self) -> None:
        for access in (OPEN, ENROLLMENTS["completed by this order"]):
            given = decide(make_payment(PaymentStatus.AUTHORIZED), access, CAPTURED, NOW)
            assert given == Decision(Verdict.CAPTURED, SETTLED)

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED])
    def test_opens_the_course_however_late_it_comes(self, status: PaymentStatus) -> None:
        given = decide(make_payment(status, reason=StatusReason.EXPIRED), WAITS, CAPTURED, NOW)
        assert given == Decision(Verdict.GRANTED, SETTLED, opened())

    def test_is_looked_at_soon_when_there_is_more_to_be_heard(self) -> None:
        given = decide(pending(), WAITS, replace(CAPTURED, has_pending_evidence=True), NOW)
        assert given == Decision(Verdict.GRANTED, SETTLED | due(15), opened())

    @pytest.mark.parametrize("name", ["active by another order", "active, free", "completed by another order"])
    def test_goes_back_at_once_as_a_duplicate(self, name: str) -> None:
        back = {**OURS, "status": PaymentStatus.REFUND_PENDING, "reason": StatusReason.DUPLICATE, **due(0)}
        assert decide(pending(), ENROLLMENTS[name], CAPTURED, NOW) == Decision(Verdict.REFUND_DUE, back)

    @pytest.mark.parametrize("name", ["cancelled: withdrawn", "cancelled: revoked", "cancelled: refunded"])
    def test_goes_back_at_once_when_nobody_wants_it(self, name: str) -> None:
        back = {**OURS, "status": PaymentStatus.REFUND_PENDING, "reason": StatusReason.NO_LONGER_WANTED, **due(0)}
        assert decide(pending(), ENROLLMENTS[name], CAPTURED, NOW) == Decision(Verdict.REFUND_DUE, back)

    @pytest.mark.parametrize("status", [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED])
    def test_is_counted_once(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), WAITS, CAPTURED, NOW) == NO_CHANGE


class TestMoneyBesideAnAccessThatRestsOnReservedMoney:
    BASIS = make_payment(PaymentStatus.AUTHORIZED, order_id="order_BBBBBBBBBBBBBB")

    @pytest.mark.parametrize("name", ["active by another order", "completed by another order"])
    def test_takes_the_access_over(self, name: str) -> None:
        for status in (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.AUTHORIZED):
            given = decide(make_payment(status), ENROLLMENTS[name], CAPTURED, NOW, self.BASIS)
            assert given == Decision(Verdict.GRANTED, SETTLED, {"granted_by": ORDER_ID})

    def test_gives_back_at_once_what_was_held(self) -> None:
        kept = held(Captured("pay_BBBBBBBBBBBBBB", AMOUNT - 1, "INR"))
        failed = make_payment(PaymentStatus.FAILED, reason=StatusReason.MISMATCH, surplus=kept)
        given = decide(failed, OTHERS, CAPTURED, NOW, self.BASIS)
        assert (given.verdict, given.payment["gsi2sk"]) == (Verdict.GRANTED, due(0)["gsi2sk"])

    @pytest.mark.parametrize("status", [each for each in PaymentStatus if each is not PaymentStatus.AUTHORIZED])
    def test_goes_back_when_the_other_is_settled(self, status: PaymentStatus) -> None:
        given = decide(pending(), OTHERS, CAPTURED, NOW, make_payment(status, order_id="order_BBBBBBBBBBBBBB"))
        assert (given.verdict, given.payment["reason"]) == (Verdict.REFUND_DUE, StatusReason.DUPLICATE)

    def test_is_no_concern_of_what_is_settled_already(self) -> None:
        for status in (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED):
            assert decide(make_payment(status), OTHERS, CAPTURED, NOW, self.BASIS) == NO_CHANGE
