"""Refunds that fail, or are reversed, after they were processed, and refunds in a status that Razorpay does not
document: the amount is ours again, and is refunded once more if it is still due."""

from itertools import permutations
from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, EXTRA_PAYMENT_ID, NOW, PAYMENT_ID, make_payment
from shared.db.entities import Payment
from shared.db.payments.payment_attributes import apply_payment_changes
from shared.domain.captures import RefundRequest, RefundStatus
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.decide import decide as decide_changes
from shared.settlement.decision import Verdict
from shared.settlement.evidence import Refunded
from shared.settlement.rules.request_rules import requests_after_refund
from tests.unit.settlement.expected_changes import (
    ACTIVE_ENROLLMENT,
    NO_POLL,
    REFUND_ONE,
    REFUND_TWO,
    captured_payment,
    poll_in,
    refund_entries,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide

PENDING, PROCESSED, FAILED = RefundStatus.PENDING, RefundStatus.PROCESSED, RefundStatus.FAILED
REVERSED, UNKNOWN = RefundStatus.REVERSED, RefundStatus.UNKNOWN
NOT_PAID = [FAILED, REVERSED]


def refund_evidence(
    amount: int, status: RefundStatus, request: str | None = None, refund_id: str = REFUND_ONE
) -> Refunded:
    return Refunded(PAYMENT_ID, refund_id, amount, status, request)


def refunded_payment(**changes: Any) -> Payment:
    refunds = refund_entries(one=(AMOUNT, "processed"))
    return make_payment(PaymentStatus.REFUNDED, **{"reason": StatusReason.REQUESTED, "refunds": refunds, **changes})


def test_refund_status_order_is_total() -> None:
    order = [PENDING, UNKNOWN, PROCESSED, FAILED, REVERSED]
    assert order == sorted(RefundStatus, key=lambda status: sum(status.is_after(other) for other in RefundStatus))
    assert [status.is_pending for status in order] == [True, True, False, False, False]
    assert [status.has_failed for status in order] == [False, False, False, True, True]


class TestFullRefund:
    @pytest.mark.parametrize("status", NOT_PAID)
    def test_decide_refund_of_refunded_payment_fails_and_is_due_again(self, status: RefundStatus) -> None:
        written = decide(refunded_payment(), None, refund_evidence(AMOUNT, status), NOW)
        assert written == Written(
            Verdict.REFUND_DUE,
            {
                "status": PaymentStatus.REFUND_PENDING,
                "refunds": refund_entries(one=(AMOUNT, status.value)),
                "refund_requests": {},
                "refunded_amount": 0,
                **poll_in(30),
            },
        )

    def test_decide_failed_part_of_full_refund_is_due_again(self) -> None:
        refunds = refund_entries(one=(100, "processed"), two=(AMOUNT - 100, "processed"))
        written = decide(refunded_payment(refunds=refunds), None, refund_evidence(100, REVERSED), NOW)
        assert (written.verdict, written.payment["status"], written.payment["refunded_amount"]) == (
            Verdict.REFUND_DUE,
            PaymentStatus.REFUND_PENDING,
            AMOUNT - 100,
        )

    def test_decide_failed_refund_beside_a_chargeback_is_due_as_requested(self) -> None:
        payment = refunded_payment(
            reason=StatusReason.CHARGEBACK,
            refunds=refund_entries(one=(AMOUNT - 100, "processed")),
            other_returns={"disp_AAAAAAAAAAAAAA": {"amount": 100, "by": "dispute"}},
        )
        written = decide(payment, None, refund_evidence(AMOUNT - 100, FAILED), NOW)
        assert (written.payment["status"], written.payment["reason"], written.payment["refunded_amount"]) == (
            PaymentStatus.REFUND_PENDING,
            StatusReason.REQUESTED,
            100,
        )

    def test_decide_failed_refund_of_charged_back_payment_stays_refunded(self) -> None:
        payment = refunded_payment(
            reason=StatusReason.CHARGEBACK,
            other_returns={"disp_AAAAAAAAAAAAAA": {"amount": AMOUNT, "by": "dispute"}},
        )
        written = decide(payment, None, refund_evidence(AMOUNT, FAILED), NOW)
        assert (written.verdict, written.payment["refunded_amount"]) == (Verdict.RECORDED, AMOUNT)
        assert "status" not in written.payment

    @pytest.mark.parametrize("status", NOT_PAID)
    def test_decide_refund_in_progress_fails_and_is_polled_in_30_minutes(self, status: RefundStatus) -> None:
        payment = make_payment(PaymentStatus.REFUND_PENDING, refunds=refund_entries(one=(AMOUNT, "processed")))
        written = decide(payment, None, refund_evidence(AMOUNT, status), NOW)
        assert (written.verdict, written.payment["refunded_amount"]) == (Verdict.RECORDED, 0)
        assert written.payment.items() >= poll_in(30).items()


class TestPartialRefund:
    @pytest.mark.parametrize("status", NOT_PAID)
    def test_decide_processed_refund_of_dashboard_fails_and_lowers_refunded_amount(self, status: RefundStatus) -> None:
        payment = captured_payment(refunds=refund_entries(one=(100, "processed")), refunded_amount=100)
        assert decide(payment, ACTIVE_ENROLLMENT, refund_evidence(100, status), NOW) == Written(
            Verdict.RECORDED,
            {
                "refunds": refund_entries(one=(100, status.value)),
                "refund_requests": {},
                "refunded_amount": 0,
                **NO_POLL,
            },
        )

    @pytest.mark.parametrize("status", NOT_PAID)
    def test_decide_processed_refund_of_request_fails_and_request_is_open_again(self, status: RefundStatus) -> None:
        payment = captured_payment(
            refund_requests={"k": {"amount": 100, "refund_id": REFUND_ONE}},
            refunds=refund_entries(one=(100, "processed")),
            refunded_amount=100,
        )
        written = decide(payment, ACTIVE_ENROLLMENT, refund_evidence(100, status), NOW)
        open_again = {"amount": 100, "refund_id": "", "failed": 1, "failed_refunds": [REFUND_ONE]}
        assert written == Written(
            Verdict.RECORDED,
            {
                "refunds": refund_entries(one=(100, status.value)),
                "refund_requests": {"k": open_again},
                "refunded_amount": 0,
                **poll_in(30),
            },
        )

    def test_decide_unknown_status_counts_as_pending(self) -> None:
        written = decide(captured_payment(), ACTIVE_ENROLLMENT, refund_evidence(100, UNKNOWN), NOW)
        assert written.payment == {
            "refunds": refund_entries(one=(100, "unknown")),
            "refund_requests": {},
            "refunded_amount": 0,
            **poll_in(15),
        }
        known = captured_payment(refunds=refund_entries(one=(100, "unknown")))
        written = decide(known, ACTIVE_ENROLLMENT, refund_evidence(100, PROCESSED), NOW)
        assert written.payment["refunded_amount"] == 100

    def test_decide_reports_of_a_requested_refund_converge_in_every_order(self) -> None:
        """Every order of the same reports leads to the same payment, and each failure is counted once."""
        start = captured_payment(refund_requests={"k": {"amount": 100, "refund_id": ""}}, **poll_in(0))
        for statuses in ((PENDING, UNKNOWN, PROCESSED), (PENDING, PROCESSED, FAILED, REVERSED), (FAILED, FAILED)):
            ends = set()
            for order in permutations(statuses):
                payment = start
                for status in order:
                    evidence = refund_evidence(100, status, "k")
                    decision = decide_changes(payment, ACTIVE_ENROLLMENT, evidence, NOW)
                    payment = apply_payment_changes(payment, decision.payment)
                ends.add(str((payment.refunds.as_dict(), payment.refund_requests.as_dict(), payment.refunded_amount)))
            assert len(ends) == 1


class TestExtraCapture:
    EXTRA = {"amount": AMOUNT, "currency": "INR", "other_returns": {}, "held": False}

    @pytest.mark.parametrize("status", NOT_PAID)
    def test_decide_processed_refund_of_extra_capture_fails_and_is_due_again(self, status: RefundStatus) -> None:
        extra = {**self.EXTRA, "refunds": refund_entries(one=(AMOUNT, "processed"))}
        payment = captured_payment(surplus={EXTRA_PAYMENT_ID: extra})
        evidence = Refunded(EXTRA_PAYMENT_ID, REFUND_ONE, AMOUNT, status)
        failed = {**self.EXTRA, "refunds": refund_entries(one=(AMOUNT, status.value))}
        assert decide(payment, ACTIVE_ENROLLMENT, evidence, NOW) == Written(
            Verdict.RECORDED, {"surplus": {EXTRA_PAYMENT_ID: failed}, **poll_in(30)}
        )


class TestRequestsAfterRefund:
    def test_failed_refund_reopens_only_its_own_request(self) -> None:
        other = RefundRequest(50, REFUND_TWO)
        requests = {"k": RefundRequest(100, REFUND_ONE, failed=1), "l": other}
        reopened = RefundRequest(100, None, failed=2, failed_refunds=(REFUND_ONE,))
        assert requests_after_refund(requests, refund_evidence(100, FAILED), FAILED) == {"k": reopened, "l": other}

    def test_counted_failure_changes_nothing(self) -> None:
        requests = {"k": RefundRequest(100, None, failed=1, failed_refunds=(REFUND_ONE,))}
        for status in RefundStatus:
            evidence = refund_evidence(100, status, "k")
            assert requests_after_refund(requests, evidence, FAILED) == requests

    def test_failure_of_an_earlier_refund_keeps_the_later_one(self) -> None:
        requests = {"k": RefundRequest(100, REFUND_TWO)}
        expected = {"k": RefundRequest(100, REFUND_TWO, failed=1, failed_refunds=(REFUND_ONE,))}
        assert requests_after_refund(requests, refund_evidence(100, FAILED, "k"), FAILED) == expected

    def test_response_with_a_refund_that_is_known_as_failed_leaves_the_request_open(self) -> None:
        """The webhook of the failure, without the key, was faster than the response."""
        payment = captured_payment(
            refund_requests={"k": {"amount": 100, "refund_id": ""}}, refunds=refund_entries(one=(100, "failed"))
        )
        written = decide(payment, ACTIVE_ENROLLMENT, refund_evidence(100, PENDING, "k"), NOW)
        open_again = {"amount": 100, "refund_id": "", "failed": 1, "failed_refunds": [REFUND_ONE]}
        assert written.payment["refund_requests"] == {"k": open_again}
        again = captured_payment(refund_requests={"k": open_again}, refunds=refund_entries(one=(100, "failed")))
        assert decide(again, ACTIVE_ENROLLMENT, refund_evidence(100, PENDING, "k"), NOW) == NO_CHANGE

    def test_refund_of_closed_request_answers_it_after_all(self) -> None:
        requests = {"k": RefundRequest(100, rejection="fully refunded already", closed=True)}
        evidence = refund_evidence(100, PENDING, "k")
        assert requests_after_refund(requests, evidence, PENDING) == {"k": RefundRequest(100, REFUND_ONE)}

    def test_refund_of_answered_request_keeps_the_first_refund(self) -> None:
        requests = {"k": RefundRequest(100, REFUND_TWO), "l": RefundRequest(50)}
        assert requests_after_refund(requests, refund_evidence(100, PROCESSED, "k"), PROCESSED) == requests
