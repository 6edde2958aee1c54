"""What each rule writes about money that goes back without a refund: to a bank, or by hand."""

from typing import Any

import pytest

from cli._situations import AMOUNT, NOW, PAYMENT_ID, make_payment
from functions.payments.decide import decide
from functions.payments.decision import NO_CHANGE, Decision, Verdict
from functions.payments.evidence import DisputeLost, ManualRefund, Refunded, RefundStatus
from shared.lifecycle import PaymentStatus, StatusReason
from tests.unit.payments.decided import NO_TIMER, OPEN, OTHERS, due, ended

LOST = DisputeLost(PAYMENT_ID, "disp_1", AMOUNT)
BY_HAND = ManualRefund(PAYMENT_ID, "UTR1", AMOUNT)


WITH_MONEY = (PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING)


def returned(amount: int, by: str) -> dict[str, Any]:
    return {{"dispute": "disp_1", "hand": "UTR1"}[by]: {"amount": amount, "by": by}}


class TestALostDispute:
    @pytest.mark.parametrize("status", WITH_MONEY)
    def test_takes_the_money_and_the_access_it_paid(self, status: PaymentStatus) -> None:
        taken = {
            "other_returns": returned(AMOUNT, "dispute"),
            "status": PaymentStatus.REFUNDED,
            "reason": StatusReason.CHARGEBACK,
            "refunded_amount": AMOUNT,
            **(NO_TIMER if status is PaymentStatus.CAPTURED else due(15)),
        }
        given = decide(make_payment(status), OPEN, LOST, NOW)
        assert given == Decision(Verdict.REFUNDED, taken, ended(StatusReason.CHARGEBACK))
        assert decide(make_payment(status), OTHERS, LOST, NOW).enrollment == {}

    def test_over_a_part_takes_that_part_alone(self) -> None:
        part = DisputeLost(PAYMENT_ID, "disp_1", 100)
        taken = {"other_returns": returned(100, "dispute"), "refunded_amount": 100, **NO_TIMER}
        assert decide(make_payment(PaymentStatus.CAPTURED), OPEN, part, NOW) == Decision(Verdict.RECORDED, taken)
        lost = make_payment(PaymentStatus.CAPTURED, other_returns=returned(100, "dispute"), refunded_amount=100)
        assert decide(lost, OPEN, part, NOW) == NO_CHANGE
        rest = decide(lost, OPEN, DisputeLost(PAYMENT_ID, "disp_2", AMOUNT - 100), NOW)
        assert (rest.payment["refunded_amount"], rest.enrollment) == (AMOUNT, ended(StatusReason.CHARGEBACK))

    def test_of_what_is_back_already_is_written_down(self) -> None:
        taken = {"other_returns": returned(AMOUNT, "dispute"), "refunded_amount": AMOUNT, **NO_TIMER}
        given = decide(make_payment(PaymentStatus.REFUNDED), OPEN, LOST, NOW)
        assert given == Decision(Verdict.RECORDED, taken)

    def test_leaves_a_refund_under_way_to_be_looked_at(self) -> None:
        way = {"rfnd_1": {"amount": AMOUNT, "status": "pending"}}
        given = decide(make_payment(PaymentStatus.REFUND_PENDING, refunds=way), None, LOST, NOW)
        assert (given.verdict, given.payment["gsi2sk"]) == (Verdict.REFUNDED, due(15)["gsi2sk"])
        lost = make_payment(PaymentStatus.REFUNDED, refunds=way, other_returns=returned(AMOUNT, "dispute"), **due(0))
        done = decide(lost, None, Refunded(PAYMENT_ID, "rfnd_1", AMOUNT, RefundStatus.PROCESSED), NOW)
        both = {"refunds": {"rfnd_1": {"amount": AMOUNT, "status": "processed"}}, "refund_requests": {}}
        assert done == Decision(Verdict.RECORDED, {**both, "refunded_amount": AMOUNT, **NO_TIMER})

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED])
    def test_takes_nothing_that_is_not_ours(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), OPEN, LOST, NOW) == NO_CHANGE


class TestWhatIsReturnedByHand:
    @pytest.mark.parametrize(
        ("status", "reason", "then"),
        [
            (PaymentStatus.CAPTURED, None, StatusReason.REQUESTED),
            (PaymentStatus.REFUND_PENDING, StatusReason.DUPLICATE, StatusReason.DUPLICATE),
        ],
    )
    def test_counts_as_refunded(self, status: PaymentStatus, reason: StatusReason | None, then: StatusReason) -> None:
        given = decide(make_payment(status, reason=reason), OPEN, BY_HAND, NOW)
        whole = {"status": PaymentStatus.REFUNDED, "reason": then, "refunded_amount": AMOUNT}
        look = NO_TIMER if status is PaymentStatus.CAPTURED else due(15)
        changes = {"other_returns": returned(AMOUNT, "hand"), **whole, **look}
        assert given == Decision(Verdict.REFUNDED, changes, ended(StatusReason.REFUNDED))

    def test_is_counted_once(self) -> None:
        for status in PaymentStatus:
            known = make_payment(status, payment_id=PAYMENT_ID, other_returns=returned(AMOUNT, "hand"))
            assert decide(known, OPEN, BY_HAND, NOW) == NO_CHANGE
            another = ManualRefund("pay_CCCCCCCCCCCCCC", "UTR1", AMOUNT)
            assert decide(known, OPEN, another, NOW) == Decision(Verdict.REJECTED)

    def test_is_no_more_than_is_left(self) -> None:
        way = {"rfnd_1": {"amount": 100, "status": "pending"}}
        asked = {"k": {"amount": 50, "refund_id": ""}}
        stored = make_payment(PaymentStatus.CAPTURED, refunds=way, refund_requests=asked)
        most = AMOUNT - 150
        assert decide(stored, OPEN, ManualRefund(PAYMENT_ID, "UTR1", most + 1), NOW) == Decision(Verdict.REJECTED)
        assert decide(stored, OPEN, ManualRefund(PAYMENT_ID, "UTR1", most), NOW).payment["refunded_amount"] == most

    @pytest.mark.parametrize("status", [each for each in PaymentStatus if each not in WITH_MONEY])
    def test_cannot_be_of_a_payment_without_money(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), OPEN, BY_HAND, NOW) == Decision(Verdict.REJECTED)

    def test_cannot_be_of_a_payment_that_nobody_knows(self) -> None:
        unknown = ManualRefund("pay_CCCCCCCCCCCCCC", "UTR1", 1)
        assert decide(make_payment(PaymentStatus.CAPTURED), OPEN, unknown, NOW) == Decision(Verdict.REJECTED)
