"""What a look of the sweep writes that learns nothing: nothing is paid, or nothing is new."""

from datetime import timedelta

import pytest

from cli._payment_matrix import ENROLLMENTS, NOW, ORDER_ID, make_enrollment, make_payment
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import NoPaymentFound, RefundsUnchanged
from tests.unit.settlement.expected_changes import (
    ACTIVE_ENROLLMENT,
    NO_POLL,
    PENDING_ENROLLMENT,
    cancellation_changes,
    pending_payment,
    poll_in,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide


class TestNoPaymentFound:
    def test_decide_no_payment_within_window_schedules_next_poll(self) -> None:
        looked_at = pending_payment(created_at=NOW - timedelta(minutes=5), window_ends_at=NOW + timedelta(minutes=25))
        assert decide(looked_at, PENDING_ENROLLMENT, NoPaymentFound(), NOW) == Written(Verdict.RECORDED, poll_in(10))

    def test_decide_no_payment_before_next_poll_changes_nothing(self) -> None:
        assert decide(pending_payment(**poll_in(5)), PENDING_ENROLLMENT, NoPaymentFound(), NOW) == NO_CHANGE

    def test_decide_no_payment_at_window_end_expires_order_and_enrollment(self) -> None:
        over = pending_payment(window_ends_at=NOW)
        expired = {"status": PaymentStatus.FAILED, "reason": StatusReason.EXPIRED, **poll_in(15)}
        given = decide(over, PENDING_ENROLLMENT, NoPaymentFound(), NOW)
        assert given == Written(Verdict.EXPIRED, expired, cancellation_changes(StatusReason.EXPIRED))

    @pytest.mark.parametrize("name", ["none", "pending for another order", "active by this order"])
    def test_decide_no_payment_at_window_end_keeps_enrollment_not_awaiting_it(self, name: str) -> None:
        over = pending_payment(window_ends_at=NOW)
        given = decide(over, ENROLLMENTS[name], NoPaymentFound(), NOW)
        assert (given.verdict, given.enrollment) == (Verdict.EXPIRED, {})

    def test_decide_no_payment_at_window_end_keeps_active_enrollment_of_order(self) -> None:
        moved_on = make_enrollment(EnrollmentStatus.ACTIVE, order_id=ORDER_ID)
        assert decide(pending_payment(window_ends_at=NOW), moved_on, NoPaymentFound(), NOW).enrollment == {}

    def test_decide_no_payment_on_failed_order_polls_until_final_poll(self) -> None:
        failed = make_payment(PaymentStatus.FAILED, window_ends_at=NOW - timedelta(minutes=15), **poll_in(0))
        assert decide(failed, PENDING_ENROLLMENT, NoPaymentFound(), NOW) == Written(Verdict.RECORDED, poll_in(45))
        long_ago = make_payment(PaymentStatus.FAILED, window_ends_at=NOW - timedelta(days=6), **poll_in(0))
        assert decide(long_ago, PENDING_ENROLLMENT, NoPaymentFound(), NOW) == Written(Verdict.RECORDED, NO_POLL)

    @pytest.mark.parametrize("status", [PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED, PaymentStatus.REFUNDED])
    def test_decide_no_payment_on_paid_order_changes_nothing(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status, window_ends_at=NOW), ACTIVE_ENROLLMENT, NoPaymentFound(), NOW) == NO_CHANGE


class TestRefundsUnchanged:
    """After the last look at money that was taken otherwise."""

    def test_decide_refunds_unchanged_clears_next_poll(self) -> None:
        for status in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED):
            assert decide(make_payment(status, **poll_in(0)), ACTIVE_ENROLLMENT, RefundsUnchanged(), NOW) == Written(
                Verdict.RECORDED, NO_POLL
            )
            assert decide(make_payment(status), ACTIVE_ENROLLMENT, RefundsUnchanged(), NOW) == NO_CHANGE

    def test_decide_refunds_unchanged_keeps_poll_of_unsettled_payment(self) -> None:
        way = {"rfnd_1": {"amount": 100, "status": "pending"}}
        for held in (
            make_payment(PaymentStatus.CAPTURED, refunds=way, **poll_in(0)),
            make_payment(PaymentStatus.REFUND_PENDING),
        ):
            assert decide(held, ACTIVE_ENROLLMENT, RefundsUnchanged(), NOW) == NO_CHANGE
        for status in (PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED):
            assert decide(make_payment(status), ACTIVE_ENROLLMENT, RefundsUnchanged(), NOW) == NO_CHANGE
