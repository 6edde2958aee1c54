"""Refund requests of admins: the amounts, to the paisa."""

from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, PAYMENT_ID, make_payment
from shared.db.payments.payment_attributes import refund_requests
from shared.domain.captures import RefundRequest
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.settlement.balances import due_refunds, open_requests, unrequested_balance
from shared.settlement.decision import Verdict
from shared.settlement.evidence import RefundRequested
from tests.unit.settlement.expected_changes import (
    ACTIVE_BY_OTHER_ORDER,
    ACTIVE_ENROLLMENT,
    REFUND_ONE,
    cancellation_changes,
    captured_payment,
    poll_in,
    refund_entries,
)
from tests.unit.settlement.written import NO_CHANGE, Written, decide


class TestRefundRequest:
    def test_decide_partial_refund_request_is_recorded_and_due_now(self) -> None:
        written = decide(captured_payment(), ACTIVE_ENROLLMENT, RefundRequested("k", 100), NOW)
        requests = {"k": {"amount": 100, "refund_id": ""}}
        assert written == Written(Verdict.RECORDED, {"refund_requests": requests, **poll_in(0)})

    @pytest.mark.parametrize("amount", [None, AMOUNT])
    def test_decide_full_refund_request_ends_access_immediately(self, amount: int | None) -> None:
        changes: dict[str, Any] = {
            "status": PaymentStatus.REFUND_PENDING,
            "reason": StatusReason.REQUESTED,
            **poll_in(0),
        }
        if amount:
            changes["refund_requests"] = {"k": {"amount": AMOUNT, "refund_id": "with the rest"}}
        written = decide(captured_payment(), ACTIVE_ENROLLMENT, RefundRequested("k", amount), NOW)
        assert written == Written(Verdict.REFUND_DUE, changes, cancellation_changes(StatusReason.REFUNDED))
        assert decide(captured_payment(), ACTIVE_BY_OTHER_ORDER, RefundRequested("k", amount), NOW).enrollment == {}

    def test_decide_refund_request_above_or_too_near_remaining_balance_is_refused(self) -> None:
        payment = captured_payment(refunds=refund_entries(one=(100, "processed"), two=(200, "pending")))
        assert unrequested_balance(payment) == AMOUNT - 300
        for amount in (None, AMOUNT - 300):
            assert decide(payment, ACTIVE_ENROLLMENT, RefundRequested("k", amount), NOW).verdict is Verdict.REFUND_DUE
        part = decide(payment, ACTIVE_ENROLLMENT, RefundRequested("k", AMOUNT - 400), NOW)
        assert part.verdict is Verdict.RECORDED
        for amount in (AMOUNT - 399, AMOUNT - 301):
            too_little_left = decide(payment, ACTIVE_ENROLLMENT, RefundRequested("k", amount), NOW)
            assert too_little_left == Written(Verdict.REJECTED)
        assert decide(payment, ACTIVE_ENROLLMENT, RefundRequested("k", AMOUNT - 299), NOW) == Written(Verdict.REJECTED)

    def test_decide_refund_request_for_last_paisa_is_accepted(self) -> None:
        payment = captured_payment(refunds=refund_entries(one=(AMOUNT - 1, "processed")))
        for amount in (None, 1):
            assert decide(payment, ACTIVE_ENROLLMENT, RefundRequested("k", amount), NOW).verdict is Verdict.REFUND_DUE

    def test_decide_refund_request_same_key_is_known_and_new_key_added(self) -> None:
        payment = captured_payment(refund_requests={"k": {"amount": 100, "refund_id": ""}})
        assert decide(payment, ACTIVE_ENROLLMENT, RefundRequested("k", 100), NOW) == NO_CHANGE
        assert decide(payment, ACTIVE_ENROLLMENT, RefundRequested("l", 100), NOW).payment["refund_requests"] == {
            "k": {"amount": 100, "refund_id": ""},
            "l": {"amount": 100, "refund_id": ""},
        }

    @pytest.mark.parametrize("status", [PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED])
    def test_decide_refund_request_after_full_refund_is_known_or_refused(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), ACTIVE_ENROLLMENT, RefundRequested("all", None), NOW) == NO_CHANGE
        assert decide(make_payment(status), ACTIVE_ENROLLMENT, RefundRequested("k", 100), NOW) == Written(
            Verdict.REJECTED
        )

    def test_decide_full_refund_request_after_lost_dispute_is_refused(self) -> None:
        payment = make_payment(PaymentStatus.REFUNDED)
        payment.reason = StatusReason.CHARGEBACK
        assert decide(payment, ACTIVE_ENROLLMENT, RefundRequested("all", None), NOW) == Written(Verdict.REJECTED)

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED])
    def test_decide_refund_request_for_uncaptured_payment_is_refused(self, status: PaymentStatus) -> None:
        for amount in (None, 100):
            assert decide(make_payment(status), ACTIVE_ENROLLMENT, RefundRequested("k", amount), NOW) == Written(
                Verdict.REJECTED
            )

    def test_decide_refund_request_while_all_refunds_are_pending_is_refused(self) -> None:
        payment = captured_payment(refunds=refund_entries(one=(AMOUNT, "pending")))
        for amount in (None, 100):
            assert decide(payment, ACTIVE_ENROLLMENT, RefundRequested("k", amount), NOW) == Written(Verdict.REJECTED)


def test_unrequested_balance_subtracts_open_requests_and_live_refunds() -> None:
    requests = {"k": {"amount": 100, "refund_id": ""}, "l": {"amount": 50, "refund_id": REFUND_ONE}}
    payment = captured_payment(refund_requests=requests, refunds=refund_entries(one=(50, "pending"), two=(7, "failed")))
    assert open_requests(refund_requests(payment)) == {"k": RefundRequest(100)}
    assert unrequested_balance(payment) == AMOUNT - 150


@pytest.mark.parametrize(
    ("status", "rest"), [(PaymentStatus.CAPTURED, 0), (PaymentStatus.REFUND_PENDING, AMOUNT - 101 - 200)]
)
def test_due_refunds_contains_open_requests_and_the_rest_of_a_due_refund(status: PaymentStatus, rest: int) -> None:
    requests = {"k": {"amount": 100, "refund_id": ""}, "l": {"amount": 1, "refund_id": ""}}
    payment = make_payment(status, refund_requests=requests, refunds=refund_entries(one=(200, "processed")))
    assert due_refunds(payment) == {PAYMENT_ID: rest + 101}


@pytest.mark.parametrize(("amount", "due"), [(1, {PAYMENT_ID: 1}), (0, {})])
def test_due_refunds_contains_the_smallest_amount_and_not_zero(amount: int, due: dict[str, int]) -> None:
    refunded = refund_entries(one=(AMOUNT - amount, "processed"))
    assert due_refunds(make_payment(PaymentStatus.REFUND_PENDING, refunds=refunded)) == due
