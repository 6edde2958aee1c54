"""Refunds that Razorpay reports: the amounts, to the paisa."""

from datetime import timedelta
from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, PAYMENT_ID, make_payment
from shared.domain.captures import RefundStatus
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.decision import Verdict
from shared.settlement.evidence import Refunded
from tests.unit.settlement.expected_changes import (
    ACTIVE_BY_OTHER_ORDER,
    ACTIVE_ENROLLMENT,
    NO_POLL,
    REFUND_ONE,
    REFUND_TWO,
    cancellation_changes,
    captured_payment,
    poll_in,
    refund_entries,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide

PENDING, PROCESSED, FAILED = RefundStatus.PENDING, RefundStatus.PROCESSED, RefundStatus.FAILED
REVERSED, UNKNOWN = RefundStatus.REVERSED, RefundStatus.UNKNOWN


def refund_pending_payment(**changes: Any) -> Any:
    return make_payment(PaymentStatus.REFUND_PENDING, **changes)


def refund_evidence(refund_id: str, amount: int, status: RefundStatus, request: str | None = None) -> Refunded:
    return Refunded(PAYMENT_ID, refund_id, amount, status, request)


class TestRefundEvidence:
    def test_decide_partial_refund_pending_polls_in_15_minutes(self) -> None:
        written = decide(captured_payment(), ACTIVE_ENROLLMENT, refund_evidence(REFUND_ONE, 100, PENDING), NOW)
        assert written == Written(
            Verdict.RECORDED,
            {
                "refunds": refund_entries(one=(100, "pending")),
                "refund_requests": {},
                "refunded_amount": 0,
                **poll_in(15),
            },
        )

    def test_decide_partial_refund_processed_adds_refunded_amount(self) -> None:
        payment = captured_payment(refunds=refund_entries(one=(100, "pending")))
        written = decide(payment, ACTIVE_ENROLLMENT, refund_evidence(REFUND_ONE, 100, PROCESSED), NOW)
        assert written == Written(
            Verdict.RECORDED,
            {
                "refunds": refund_entries(one=(100, "processed")),
                "refund_requests": {},
                "refunded_amount": 100,
                **NO_POLL,
            },
        )

    def test_decide_last_partial_refund_marks_refunded_and_ends_access(self) -> None:
        payment = captured_payment(refunds=refund_entries(one=(100, "processed")))
        written = decide(payment, ACTIVE_ENROLLMENT, refund_evidence(REFUND_TWO, AMOUNT - 100, PROCESSED), NOW)
        assert written == Written(
            Verdict.REFUNDED,
            {
                "refunds": refund_entries(one=(100, "processed"), two=(AMOUNT - 100, "processed")),
                "refund_requests": {},
                "refunded_amount": AMOUNT,
                "status": PaymentStatus.REFUNDED,
                "reason": StatusReason.REQUESTED,
                **NO_POLL,
            },
            cancellation_changes(StatusReason.REFUNDED),
        )

    def test_decide_refund_one_paisa_short_keeps_access(self) -> None:
        written = decide(captured_payment(), ACTIVE_ENROLLMENT, refund_evidence(REFUND_ONE, AMOUNT - 1, PROCESSED), NOW)
        assert (written.verdict, written.enrollment) == (Verdict.RECORDED, {})
        assert written.payment["refunded_amount"] == AMOUNT - 1

    def test_decide_refund_above_captured_amount_counts_captured_amount(self) -> None:
        written = decide(captured_payment(), ACTIVE_ENROLLMENT, refund_evidence(REFUND_ONE, AMOUNT + 1, PROCESSED), NOW)
        assert (written.verdict, written.payment["refunded_amount"]) == (Verdict.REFUNDED, AMOUNT)

    def test_decide_refund_of_duplicate_keeps_reason_and_enrollment(self) -> None:
        payment = refund_pending_payment(reason=StatusReason.DUPLICATE)
        written = decide(payment, ACTIVE_BY_OTHER_ORDER, refund_evidence(REFUND_ONE, AMOUNT, PROCESSED), NOW)
        assert (written.payment["reason"], written.enrollment) == (StatusReason.DUPLICATE, {})

    def test_decide_failed_refunds_poll_after_30_then_60_minutes(self) -> None:
        first = decide(refund_pending_payment(), None, refund_evidence(REFUND_ONE, AMOUNT, FAILED), NOW)
        assert first.verdict is Verdict.RECORDED
        assert first.payment["refunds"] == refund_entries(one=(AMOUNT, "failed"))
        assert first.payment["gsi2sk"] == poll_in(30)["gsi2sk"]
        payment = refund_pending_payment(refunds=refund_entries(one=(AMOUNT, "failed")))
        second = decide(payment, None, refund_evidence(REFUND_TWO, AMOUNT, FAILED), NOW)
        assert second.payment["gsi2sk"] == poll_in(60)["gsi2sk"]

    def test_decide_failed_partial_refund_clears_next_poll(self) -> None:
        payment = captured_payment(refunds=refund_entries(one=(100, "pending")))
        written = decide(payment, ACTIVE_ENROLLMENT, refund_evidence(REFUND_ONE, 100, FAILED), NOW)
        assert written.payment == {
            "refunds": refund_entries(one=(100, "failed")),
            "refund_requests": {},
            "refunded_amount": 0,
            **NO_POLL,
        }

    @pytest.mark.parametrize(
        ("known", "again"),
        [
            ("pending", PENDING),
            ("unknown", PENDING),
            ("unknown", UNKNOWN),
            ("processed", PENDING),
            ("processed", UNKNOWN),
            ("processed", PROCESSED),
            ("failed", PENDING),
            ("failed", UNKNOWN),
            ("failed", PROCESSED),
            ("failed", FAILED),
            ("reversed", PENDING),
            ("reversed", PROCESSED),
            ("reversed", FAILED),
            ("reversed", REVERSED),
        ],
    )
    def test_decide_repeated_or_outdated_refund_status_changes_nothing(self, known: str, again: RefundStatus) -> None:
        assert (
            decide(
                captured_payment(refunds=refund_entries(one=(100, known))),
                ACTIVE_ENROLLMENT,
                refund_evidence(REFUND_ONE, 100, again),
                NOW,
            )
            == NO_CHANGE
        )

    def test_decide_refund_of_charged_back_payment_is_recorded(self) -> None:
        """A refund after a lost dispute: the money was returned twice, and the ledger records both."""
        reversals = {"disp_1": {"amount": AMOUNT, "by": "dispute"}}
        payment = make_payment(
            PaymentStatus.REFUNDED, reason=StatusReason.CHARGEBACK, refunds={}, other_returns=reversals
        )
        written = decide(payment, ACTIVE_ENROLLMENT, refund_evidence(REFUND_ONE, AMOUNT, PROCESSED), NOW)
        both = {"refunds": refund_entries(one=(AMOUNT, "processed")), "refund_requests": {}, "refunded_amount": AMOUNT}
        assert written == Written(Verdict.RECORDED, {**both, "gsi2pk": None, "gsi2sk": None})

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED])
    def test_decide_refund_of_uncaptured_payment_changes_nothing(self, status: PaymentStatus) -> None:
        assert (
            decide(make_payment(status), ACTIVE_ENROLLMENT, refund_evidence(REFUND_ONE, AMOUNT, PROCESSED), NOW)
            == NO_CHANGE
        )


class TestRefundResponse:
    REQUESTS = {"k": {"amount": 100, "refund_id": ""}, "l": {"amount": 50, "refund_id": ""}}

    def test_decide_refund_response_is_stored_and_next_request_due_now(self) -> None:
        payment = captured_payment(refund_requests=self.REQUESTS)
        written = decide(payment, ACTIVE_ENROLLMENT, refund_evidence(REFUND_ONE, 100, PENDING, "k"), NOW)
        assert written == Written(
            Verdict.RECORDED,
            {
                "refunds": refund_entries(one=(100, "pending")),
                "refund_requests": {
                    "k": {"amount": 100, "refund_id": REFUND_ONE},
                    "l": {"amount": 50, "refund_id": ""},
                },
                "refunded_amount": 0,
                **poll_in(0),
            },
        )

    def test_decide_refund_response_after_webhook_is_stored(self) -> None:
        payment = captured_payment(
            refund_requests={"k": {"amount": 100, "refund_id": ""}}, refunds=refund_entries(one=(100, "processed"))
        )
        written = decide(payment, ACTIVE_ENROLLMENT, refund_evidence(REFUND_ONE, 100, PENDING, "k"), NOW)
        assert written == Written(
            Verdict.RECORDED,
            {
                "refunds": refund_entries(one=(100, "processed")),
                "refund_requests": {"k": {"amount": 100, "refund_id": REFUND_ONE}},
                "refunded_amount": 100,
                **NO_POLL,
            },
        )

    @pytest.mark.parametrize("request_key", [None, "k", "another"])
    def test_decide_refund_response_repeated_changes_nothing(self, request_key: str | None) -> None:
        """A refund answers one request, whatever its notes say later."""
        payment = captured_payment(
            refund_requests={"k": {"amount": 100, "refund_id": REFUND_ONE}},
            refunds=refund_entries(one=(100, "processed")),
        )
        assert (
            decide(payment, ACTIVE_ENROLLMENT, refund_evidence(REFUND_ONE, 100, PROCESSED, request_key), NOW)
            == NO_CHANGE
        )


def test_decide_many_failed_refunds_polls_once_a_day() -> None:
    failed = {f"rfnd_{number:014d}": {"amount": AMOUNT, "status": "failed"} for number in range(20)}
    written = decide(refund_pending_payment(refunds=failed), None, refund_evidence(REFUND_ONE, AMOUNT, FAILED), NOW)
    assert written.payment["gsi2sk"] == (NOW + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
