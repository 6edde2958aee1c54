"""What a poll writes that finds no payment, or no new refund."""

from datetime import timedelta

import pytest

from cli._payment_matrix import ENROLLMENTS, NOW, ORDER_ID, make_enrollment, make_payment
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import NoPaymentFound, PollCompleted
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
        payment = pending_payment(created_at=NOW - timedelta(minutes=5), window_ends_at=NOW + timedelta(minutes=25))
        assert decide(payment, PENDING_ENROLLMENT, NoPaymentFound(), NOW) == Written(Verdict.RECORDED, poll_in(5))

    def test_decide_no_payment_before_next_poll_changes_nothing(self) -> None:
        assert decide(pending_payment(**poll_in(5)), PENDING_ENROLLMENT, NoPaymentFound(), NOW) == NO_CHANGE

    def test_decide_no_payment_at_window_end_expires_order_and_enrollment(self) -> None:
        payment = pending_payment(window_ends_at=NOW)
        expired = {"status": PaymentStatus.FAILED, "reason": StatusReason.EXPIRED, **poll_in(15)}
        written = decide(payment, PENDING_ENROLLMENT, NoPaymentFound(), NOW)
        assert written == Written(Verdict.EXPIRED, expired, cancellation_changes(StatusReason.EXPIRED))

    @pytest.mark.parametrize("name", ["none", "pending for another order", "active by this order"])
    def test_decide_no_payment_at_window_end_keeps_enrollment_not_awaiting_it(self, name: str) -> None:
        payment = pending_payment(window_ends_at=NOW)
        written = decide(payment, ENROLLMENTS[name], NoPaymentFound(), NOW)
        assert (written.verdict, written.enrollment) == (Verdict.EXPIRED, {})

    def test_decide_no_payment_at_window_end_keeps_active_enrollment_of_order(self) -> None:
        enrollment = make_enrollment(EnrollmentStatus.ACTIVE, order_id=ORDER_ID)
        assert decide(pending_payment(window_ends_at=NOW), enrollment, NoPaymentFound(), NOW).enrollment == {}

    def test_decide_no_payment_on_failed_order_polls_until_final_poll(self) -> None:
        failed = make_payment(PaymentStatus.FAILED, window_ends_at=NOW - timedelta(minutes=15), **poll_in(0))
        assert decide(failed, PENDING_ENROLLMENT, NoPaymentFound(), NOW) == Written(Verdict.RECORDED, poll_in(45))
        old = make_payment(PaymentStatus.FAILED, window_ends_at=NOW - timedelta(days=6), **poll_in(0))
        assert decide(old, PENDING_ENROLLMENT, NoPaymentFound(), NOW) == Written(Verdict.RECORDED, NO_POLL)

    @pytest.mark.parametrize("status", [PaymentStatus.AUTHORIZED, PaymentStatus.CAPTURED, PaymentStatus.REFUNDED])
    def test_decide_no_payment_on_paid_order_changes_nothing(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status, window_ends_at=NOW), ACTIVE_ENROLLMENT, NoPaymentFound(), NOW) == NO_CHANGE


class TestPollCompleted:
    """After the final poll, which follows a reversal."""

    def test_decide_poll_completed_clears_next_poll(self) -> None:
        for status in (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED):
            assert decide(make_payment(status, **poll_in(0)), ACTIVE_ENROLLMENT, PollCompleted(), NOW) == Written(
                Verdict.RECORDED, NO_POLL
            )
            assert decide(make_payment(status), ACTIVE_ENROLLMENT, PollCompleted(), NOW) == NO_CHANGE

    def test_decide_poll_completed_keeps_poll_of_unsettled_payment(self) -> None:
        pending = {"rfnd_1": {"amount": 100, "status": "pending"}}
        for payment in (
            make_payment(PaymentStatus.CAPTURED, refunds=pending, **poll_in(0)),
            make_payment(PaymentStatus.REFUND_PENDING),
        ):
            assert decide(payment, ACTIVE_ENROLLMENT, PollCompleted(), NOW) == NO_CHANGE
        for status in (PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED):
            assert decide(make_payment(status), ACTIVE_ENROLLMENT, PollCompleted(), NOW) == NO_CHANGE
