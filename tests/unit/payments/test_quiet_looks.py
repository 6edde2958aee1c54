"""What a look of the sweep writes that learns nothing: nothing is paid, or nothing is new."""

from datetime import timedelta

import pytest

from cli._situations import ENROLLMENTS, NOW, ORDER, enrollment, payment
from functions.payments.decide import decide
from functions.payments.decision import KNOWN, Decision, Verdict
from functions.payments.evidence import (
    NothingNew,
    NothingPaid,
)
from shared.lifecycle import EnrollmentStatus, PaymentStatus, Reason
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
        assert decide(looked_at, WAITS, NothingPaid(), NOW) == Decision(Verdict.RECORDED, due(10))

    def test_is_nothing_new_before_the_next_look(self) -> None:
        assert decide(pending(**due(5)), WAITS, NothingPaid(), NOW) == KNOWN

    def test_at_the_end_of_the_window_closes_order_and_enrollment(self) -> None:
        over = pending(window_ends_at=NOW)
        expired = {"status": PaymentStatus.FAILED, "reason": Reason.EXPIRED, **due(15)}
        given = decide(over, WAITS, NothingPaid(), NOW)
        assert given == Decision(Verdict.EXPIRED, expired, ended(Reason.EXPIRED))

    @pytest.mark.parametrize("name", ["none", "pending for another order", "active by this order"])
    def test_closes_no_enrollment_that_does_not_wait_for_it(self, name: str) -> None:
        over = pending(window_ends_at=NOW)
        given = decide(over, ENROLLMENTS[name], NothingPaid(), NOW)
        assert (given.verdict, given.enrollment) == (Verdict.EXPIRED, {})

    def test_closes_no_enrollment_that_has_moved_on_with_the_same_order(self) -> None:
        moved_on = enrollment(EnrollmentStatus.ACTIVE, order_id=ORDER)
        assert decide(pending(window_ends_at=NOW), moved_on, NothingPaid(), NOW).enrollment == {}

    def test_keeps_a_failed_order_watched_until_the_last_look(self) -> None:
        failed = payment(PaymentStatus.FAILED, window_ends_at=NOW - timedelta(minutes=15), **due(0))
        assert decide(failed, WAITS, NothingPaid(), NOW) == Decision(Verdict.RECORDED, due(45))
        long_ago = payment(PaymentStatus.FAILED, window_ends_at=NOW - timedelta(days=6), **due(0))
        assert decide(long_ago, WAITS, NothingPaid(), NOW) == Decision(Verdict.RECORDED, NO_TIMER)

    @pytest.mark.parametrize("status", [PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED, PaymentStatus.REFUNDED])
    def test_says_nothing_of_an_order_with_money(self, status: PaymentStatus) -> None:
        assert decide(payment(status, window_ends_at=NOW), OPEN, NothingPaid(), NOW) == KNOWN


class TestNothingNew:
    """After the last look at money that was taken otherwise."""

    def test_ends_the_looking(self) -> None:
        for status in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED):
            assert decide(payment(status, **due(0)), OPEN, NothingNew(), NOW) == Decision(Verdict.RECORDED, NO_TIMER)
            assert decide(payment(status), OPEN, NothingNew(), NOW) == KNOWN

    def test_ends_nothing_that_is_on_its_way(self) -> None:
        way = {"rfnd_1": {"amount": 100, "status": "pending"}}
        for held in (payment(PaymentStatus.CAPTURED, refunds=way, **due(0)), payment(PaymentStatus.REFUND_PENDING)):
            assert decide(held, OPEN, NothingNew(), NOW) == KNOWN
        for status in (PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED):
            assert decide(payment(status), OPEN, NothingNew(), NOW) == KNOWN
