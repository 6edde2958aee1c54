"""What a look of the sweep writes that learns nothing: nothing is paid, or nothing is new."""

from datetime import timedelta

import pytest

from cli._situations import ENROLLMENTS, NOW, ORDER_ID, make_enrollment, make_payment
from functions.payments.decide import decide
from functions.payments.decision import NO_CHANGE, Decision, Verdict
from functions.payments.evidence import NoPaymentFound, RefundsUnchanged
from shared.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from tests.unit.payments.decided import (
    NO_TIMER,
    OPEN,
    WAITS,
    due,
    ended,
    pending,
)


class TestNothingPaid:
    def test_within_the_window_moves_the_next_look(self) -> None:
        looked_at = pending(created_at=NOW - timedelta(minutes=5), window_ends_at=NOW + timedelta(minutes=25))
        assert decide(looked_at, WAITS, NoPaymentFound(), NOW) == Decision(Verdict.RECORDED, due(10))

    def test_is_nothing_new_before_the_next_look(self) -> None:
        assert decide(pending(**due(5)), WAITS, NoPaymentFound(), NOW) == NO_CHANGE

    def test_at_the_end_of_the_window_closes_order_and_enrollment(self) -> None:
        over = pending(window_ends_at=NOW)
        expired = {"status": PaymentStatus.FAILED, "reason": StatusReason.EXPIRED, **due(15)}
        given = decide(over, WAITS, NoPaymentFound(), NOW)
        assert given == Decision(Verdict.EXPIRED, expired, ended(StatusReason.EXPIRED))

    @pytest.mark.parametrize("name", ["none", "pending for another order", "active by this order"])
    def test_closes_no_enrollment_that_does_not_wait_for_it(self, name: str) -> None:
        over = pending(window_ends_at=NOW)
        given = decide(over, ENROLLMENTS[name], NoPaymentFound(), NOW)
        assert (given.verdict, given.enrollment) == (Verdict.EXPIRED, {})

    def test_closes_no_enrollment_that_has_moved_on_with_the_same_order(self) -> None:
        moved_on = make_enrollment(EnrollmentStatus.ACTIVE, order_id=ORDER_ID)
        assert decide(pending(window_ends_at=NOW), moved_on, NoPaymentFound(), NOW).enrollment == {}

    def test_keeps_a_failed_order_watched_until_the_last_look(self) -> None:
        failed = make_payment(PaymentStatus.FAILED, window_ends_at=NOW - timedelta(minutes=15), **due(0))
        assert decide(failed, WAITS, NoPaymentFound(), NOW) == Decision(Verdict.RECORDED, due(45))
        long_ago = make_payment(PaymentStatus.FAILED, window_ends_at=NOW - timedelta(days=6), **due(0))
        assert decide(long_ago, WAITS, NoPaymentFound(), NOW) == Decision(Verdict.RECORDED, NO_TIMER)

    @pytest.mark.parametrize("status", [PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED, PaymentStatus.REFUNDED])
    def test_says_nothing_of_an_order_with_money(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status, window_ends_at=NOW), OPEN, NoPaymentFound(), NOW) == NO_CHANGE


class TestNothingNew:
    """After the last look at money that was taken otherwise."""

    def test_ends_the_looking(self) -> None:
        for status in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED):
            assert decide(make_payment(status, **due(0)), OPEN, RefundsUnchanged(), NOW) == Decision(
                Verdict.RECORDED, NO_TIMER
            )
            assert decide(make_payment(status), OPEN, RefundsUnchanged(), NOW) == NO_CHANGE

    def test_ends_nothing_that_is_on_its_way(self) -> None:
        way = {"rfnd_1": {"amount": 100, "status": "pending"}}
        for held in (
            make_payment(PaymentStatus.CAPTURED, refunds=way, **due(0)),
            make_payment(PaymentStatus.REFUND_PENDING),
        ):
            assert decide(held, OPEN, RefundsUnchanged(), NOW) == NO_CHANGE
        for status in (PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED):
            assert decide(make_payment(status), OPEN, RefundsUnchanged(), NOW) == NO_CHANGE
