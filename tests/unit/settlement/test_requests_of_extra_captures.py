"""Refunds of extra captures that name a refund request: that capture was the sale in a table that was lost."""

from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, NOW, make_payment
from shared.domain.captures import RefundStatus
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.decision import Verdict
from shared.settlement.evidence import Refunded
from tests.unit.settlement.expected_changes import ACTIVE_ENROLLMENT, REFUND_ONE, REFUND_TWO, poll_in, refund_entries
from tests.unit.settlement.test_extra_capture_rules import SECOND_PAYMENT, THIRD_PAYMENT, extra_capture
from tests.unit.settlement.written import NO_CHANGE, Written, decide

PART = 5_000
OPEN: dict[str, Any] = {"amount": PART, "refund_id": ""}
COUNTED = {**OPEN, "failed": 1, "failed_refunds": [REFUND_ONE]}
SURPLUS = {SECOND_PAYMENT: extra_capture()}
RECORDED = {
    SECOND_PAYMENT: {**extra_capture(), "refunds": {REFUND_ONE: {"amount": PART, "status": "processed"}}},
}


def named(payment_id: str = SECOND_PAYMENT, status: RefundStatus = RefundStatus.PROCESSED) -> Refunded:
    return Refunded(payment_id, REFUND_ONE, PART, status, "k")


@pytest.mark.parametrize("requests", [{}, {"k": OPEN}], ids=["request lost", "request open"])
def test_decide_extra_refund_that_names_a_request_keeps_it_open_under_another_key(requests: dict[str, Any]) -> None:
    payment = make_payment(PaymentStatus.CAPTURED, surplus=SURPLUS, refund_requests=requests)
    written = decide(payment, ACTIVE_ENROLLMENT, named(), NOW)
    changes = {"surplus": RECORDED, "refund_requests": {"k": COUNTED}, **poll_in(0)}
    assert written == Written(Verdict.RECORDED, changes)


def test_decide_recorded_extra_refund_opens_the_request_that_was_not_counted_once() -> None:
    """Earlier versions recorded the refund only."""
    payment = make_payment(PaymentStatus.CAPTURED, surplus=RECORDED, refund_requests={"k": OPEN})
    written = decide(payment, ACTIVE_ENROLLMENT, named(), NOW)
    assert written.payment["refund_requests"] == {"k": COUNTED}
    counted = make_payment(PaymentStatus.CAPTURED, surplus=RECORDED, refund_requests={"k": COUNTED})
    assert decide(counted, ACTIVE_ENROLLMENT, named(), NOW) == NO_CHANGE


def test_decide_extra_refund_keeps_the_request_that_a_refund_of_the_sale_answers() -> None:
    answered = {"amount": PART, "refund_id": REFUND_TWO}
    payment = make_payment(
        PaymentStatus.CAPTURED,
        surplus=SURPLUS,
        refunds=refund_entries(two=(PART, "processed")),
        refund_requests={"k": answered},
    )
    requests = decide(payment, ACTIVE_ENROLLMENT, named(), NOW).payment["refund_requests"]
    assert requests == {"k": {**answered, "failed": 1, "failed_refunds": [REFUND_ONE]}}


@pytest.mark.parametrize(
    ("status", "left"),
    [
        (PaymentStatus.CAPTURED, PART + 99),
        (PaymentStatus.REFUND_PENDING, AMOUNT),
        (PaymentStatus.REFUNDED, 0),
        (PaymentStatus.FAILED, AMOUNT),
    ],
)
def test_decide_extra_refund_records_no_lost_request_that_the_sale_cannot_pay(status: PaymentStatus, left: int) -> None:
    refunds = refund_entries(two=(AMOUNT - left, "processed")) if left < AMOUNT else {}
    payment = make_payment(status, surplus=SURPLUS, refunds=refunds)
    written = decide(payment, ACTIVE_ENROLLMENT, named(), NOW)
    assert written.payment["surplus"] == RECORDED
    assert "refund_requests" not in written.payment


def test_decide_extra_refund_leaves_a_rupee_of_the_sale() -> None:
    refunds = refund_entries(two=(AMOUNT - PART - 100, "processed"))
    payment = make_payment(PaymentStatus.CAPTURED, surplus=SURPLUS, refunds=refunds)
    assert decide(payment, ACTIVE_ENROLLMENT, named(), NOW).payment["refund_requests"] == {"k": COUNTED}


def test_decide_refund_of_unknown_payment_that_names_a_request_changes_nothing() -> None:
    payment = make_payment(PaymentStatus.CAPTURED, surplus=SURPLUS, refund_requests={"k": OPEN})
    assert decide(payment, ACTIVE_ENROLLMENT, named(THIRD_PAYMENT), NOW) == NO_CHANGE
