"""I1, I4 and I6 of disputes: the reversal of each, what ends a payment, and the poll while one is open."""

from typing import Any

import pytest

from cli._payment_matrix import AMOUNT, EXTRA_PAYMENT_ID, NOW, ORDER_ID, make_payment
from functions.payments.invariants.independent_totals import has_open_dispute, undecided_total
from functions.payments.invariants.ledger import build_ledger
from functions.payments.invariants.rules.money import check_dispute_reversals, check_returns_decided
from functions.payments.invariants.rules.scheduled_polls import check_payment_polls
from shared.db.due_index import due_attributes
from shared.domain.captures import DisputeStatus
from shared.domain.lifecycle import PaymentStatus
from tests.unit.settlement.expected_changes import (
    CLOSED,
    DISPUTE_ID,
    LOST,
    OPEN,
    UNDER_REVIEW,
    UNKNOWN,
    WON,
    captured_payment,
    deduction,
    dispute_entry,
    disputed,
    refund_entries,
)

OPEN_STATUSES = (OPEN, UNDER_REVIEW, UNKNOWN)


def breaches(check: Any, payment: Any) -> list[str]:
    return [str(breach) for breach in check(build_ledger([payment], NOW))]


def in_extra_capture(**capture: Any) -> Any:
    empty: dict[str, Any] = {"refunds": {}, "other_returns": {}, "held": False}
    return captured_payment(surplus={EXTRA_PAYMENT_ID: {"amount": AMOUNT, "currency": "INR", **empty, **capture}})


class TestDisputeReversals:
    @pytest.mark.parametrize(
        ("status", "deducted", "expected"),
        [
            (OPEN, 0, 0),
            (OPEN, 30, 30),
            (UNDER_REVIEW, 30, 30),
            (UNKNOWN, 30, 30),
            (LOST, 30, 30),
            (LOST, 0, 60),
            (WON, 30, 0),
            (CLOSED, 30, 0),
        ],
    )
    @pytest.mark.parametrize("place", [captured_payment, in_extra_capture])
    def test_reversal_must_be_what_the_state_of_the_dispute_requires(
        self, place: Any, status: DisputeStatus, deducted: int, expected: int
    ) -> None:
        disputes = {"disputes": {DISPUTE_ID: dispute_entry(status, 60, deducted=deducted)}}
        right = {"other_returns": deduction(expected)} if expected else {}
        assert breaches(check_dispute_reversals, place(**disputes, **right)) == []
        wrong = place(**disputes, other_returns=deduction(expected + 1))
        assert breaches(check_dispute_reversals, wrong) == [
            f"I4 {ORDER_ID}: {DISPUTE_ID} is {status.value}: {expected + 1} reversed, not {expected}"
        ]

    def test_reversal_in_another_currency_is_the_share_of_the_capture(self) -> None:
        foreign = {DISPUTE_ID: dispute_entry(LOST, 60, deducted=15, currency="USD")}
        share = AMOUNT * 15 // 60
        assert (
            breaches(check_dispute_reversals, captured_payment(disputes=foreign, other_returns=deduction(share))) == []
        )
        [breach] = breaches(check_dispute_reversals, captured_payment(disputes=foreign))
        assert breach.endswith(f"0 reversed, not {share}")
        nothing = {DISPUTE_ID: dispute_entry(OPEN, 0, currency="USD")}
        assert breaches(check_dispute_reversals, captured_payment(disputes=nothing)) == []

    def test_reversals_without_a_dispute_are_accepted(self) -> None:
        """Of a manual refund, or of a dispute that version 0.2.0 recorded."""
        payment = captured_payment(other_returns={**deduction(5), "UTR1": {"amount": 7, "by": "hand"}})
        assert (breaches(check_dispute_reversals, payment), breaches(check_dispute_reversals, captured_payment())) == (
            [],
            [],
        )


class TestReturnsDecided:
    def test_captured_payment_must_not_be_returned_for_good(self) -> None:
        for payment in (
            captured_payment(**disputed(LOST, deducted=AMOUNT)),
            captured_payment(other_returns=deduction(AMOUNT)),
            captured_payment(refunds=refund_entries(one=(AMOUNT, "processed"))),
        ):
            assert breaches(check_returns_decided, payment) == [
                f"I1 {ORDER_ID}: status captured, but {AMOUNT} of {AMOUNT} was returned for good"
            ]
        almost = captured_payment(**disputed(LOST, deducted=AMOUNT - 1))
        assert breaches(check_returns_decided, almost) == []

    @pytest.mark.parametrize("status", OPEN_STATUSES)
    def test_refunded_payment_must_be_returned_for_good(self, status: DisputeStatus) -> None:
        undecided = make_payment(PaymentStatus.REFUNDED, refunds={}, **disputed(status, deducted=AMOUNT))
        assert undecided_total(undecided) == AMOUNT
        assert breaches(check_returns_decided, undecided) == [
            f"I1 {ORDER_ID}: status refunded, but 0 of {AMOUNT} was returned for good"
        ]
        kept = captured_payment(**disputed(status, deducted=AMOUNT))
        assert breaches(check_returns_decided, kept) == []

    @pytest.mark.parametrize("status", [LOST, WON, CLOSED])
    def test_deduction_for_ended_dispute_is_decided(self, status: DisputeStatus) -> None:
        payment = make_payment(PaymentStatus.REFUNDED, refunds={}, **disputed(status, deducted=AMOUNT))
        assert (undecided_total(payment), breaches(check_returns_decided, payment)) == (0, [])

    def test_unpaid_payment_without_returns_is_accepted(self) -> None:
        for status in (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.REFUND_PENDING):
            assert breaches(check_returns_decided, make_payment(status)) == []


class TestPollOfOpenDispute:
    @pytest.mark.parametrize("status", DisputeStatus)
    def test_open_dispute_of_any_capture_needs_a_poll(self, status: DisputeStatus) -> None:
        is_open = status in OPEN_STATUSES
        for place in (captured_payment, in_extra_capture):
            payment = place(**disputed(status))
            assert has_open_dispute(payment) is is_open
            expected = [f"I6 {ORDER_ID}: a dispute is open, but no poll is scheduled"] if is_open else []
            assert breaches(check_payment_polls, payment) == expected

    def test_open_dispute_with_a_poll_is_accepted(self) -> None:
        payment = captured_payment(**disputed(OPEN), **due_attributes(ORDER_ID, NOW))
        assert breaches(check_payment_polls, payment) == []
