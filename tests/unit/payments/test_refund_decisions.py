"""Refunds, as the gateway tells of them: the amounts, to the paisa."""

from datetime import timedelta
from typing import Any

import pytest

from cli._situations import AMOUNT, NOW, PAYMENT_ID, make_payment
from functions.payments.decide import decide
from functions.payments.decision import NO_CHANGE, Decision, Verdict
from functions.payments.evidence import Refunded, RefundRejected, RefundStatus
from shared.lifecycle import PaymentStatus, StatusReason
from tests.unit.payments.decided import NO_TIMER, ONE, OPEN, OTHERS, TWO, captured, due, ended, refunds

PENDING, PROCESSED, FAILED = RefundStatus.PENDING, RefundStatus.PROCESSED, RefundStatus.FAILED


def on_its_way(**changes: Any) -> Any:
    return make_payment(PaymentStatus.REFUND_PENDING, **changes)


def told(refund_id: str, amount: int, status: RefundStatus, request: str | None = None) -> Refunded:
    return Refunded(PAYMENT_ID, refund_id, amount, status, request)


class TestTheGatewayTells:
    def test_of_a_part_under_way(self) -> None:
        given = decide(captured(), OPEN, told(ONE, 100, PENDING), NOW)
        assert given == Decision(
            Verdict.RECORDED,
            {"refunds": refunds(one=(100, "pending")), "refund_requests": {}, "refunded_amount": 0, **due(15)},
        )

    def test_of_a_part_that_was_done(self) -> None:
        held = captured(refunds=refunds(one=(100, "pending")))
        given = decide(held, OPEN, told(ONE, 100, PROCESSED), NOW)
        assert given == Decision(
            Verdict.RECORDED,
            {"refunds": refunds(one=(100, "processed")), "refund_requests": {}, "refunded_amount": 100, **NO_TIMER},
        )

    def test_of_the_last_part(self) -> None:
        held = captured(refunds=refunds(one=(100, "processed")))
        given = decide(held, OPEN, told(TWO, AMOUNT - 100, PROCESSED), NOW)
        assert given == Decision(
            Verdict.REFUNDED,
            {
                "refunds": refunds(one=(100, "processed"), two=(AMOUNT - 100, "processed")),
                "refund_requests": {},
                "refunded_amount": AMOUNT,
                "status": PaymentStatus.REFUNDED,
                "reason": StatusReason.REQUESTED,
                **NO_TIMER,
            },
            ended(StatusReason.REFUNDED),
        )

    def test_of_one_paisa_less_than_everything(self) -> None:
        given = decide(captured(), OPEN, told(ONE, AMOUNT - 1, PROCESSED), NOW)
        assert (given.verdict, given.payment["refunded_amount"], given.enrollment) == (Verdict.RECORDED, AMOUNT - 1, {})

    def test_of_more_than_was_captured_and_no_more_than_that_is_counted(self) -> None:
        given = decide(captured(), OPEN, told(ONE, AMOUNT + 1, PROCESSED), NOW)
        assert (given.verdict, given.payment["refunded_amount"]) == (Verdict.REFUNDED, AMOUNT)

    def test_of_money_nobody_wanted_and_the_reason_stays(self) -> None:
        held = on_its_way(reason=StatusReason.DUPLICATE)
        given = decide(held, OTHERS, told(ONE, AMOUNT, PROCESSED), NOW)
        assert (given.payment["reason"], given.enrollment) == (StatusReason.DUPLICATE, {})

    def test_of_a_failure_and_it_is_looked_at_later_and_later(self) -> None:
        first = decide(on_its_way(), None, told(ONE, AMOUNT, FAILED), NOW)
        assert first.verdict is Verdict.RECORDED
        assert first.payment["refunds"] == refunds(one=(AMOUNT, "failed"))
        assert first.payment["gsi2sk"] == due(30)["gsi2sk"]
        held = on_its_way(refunds=refunds(one=(AMOUNT, "failed")))
        second = decide(held, None, told(TWO, AMOUNT, FAILED), NOW)
        assert second.payment["gsi2sk"] == due(60)["gsi2sk"]

    def test_of_a_part_that_failed_and_nothing_is_on_its_way_any_more(self) -> None:
        held = captured(refunds=refunds(one=(100, "pending")))
        given = decide(held, OPEN, told(ONE, 100, FAILED), NOW)
        assert given.payment == {
            "refunds": refunds(one=(100, "failed")),
            "refund_requests": {},
            "refunded_amount": 0,
            **NO_TIMER,
        }

    @pytest.mark.parametrize(
        ("known", "again"),
        [
            ("pending", PENDING),
            ("processed", PENDING),
            ("processed", PROCESSED),
            ("processed", FAILED),
            ("failed", PENDING),
            ("failed", FAILED),
        ],
    )
    def test_again_or_too_late(self, known: str, again: RefundStatus) -> None:
        assert decide(captured(refunds=refunds(one=(100, known))), OPEN, told(ONE, 100, again), NOW) == NO_CHANGE

    def test_of_a_failed_one_that_was_done_after_all(self) -> None:
        held = captured(refunds=refunds(one=(100, "failed")))
        given = decide(held, OPEN, told(ONE, 100, PROCESSED), NOW)
        assert given.payment["refunds"] == refunds(one=(100, "processed"))

    def test_of_money_that_is_back_already_is_written_down(self) -> None:
        """A refund beside a lost dispute: it went back twice, and both are in the books."""
        taken = {"disp_1": {"amount": AMOUNT, "by": "dispute"}}
        lost = make_payment(PaymentStatus.REFUNDED, reason=StatusReason.CHARGEBACK, refunds={}, other_returns=taken)
        given = decide(lost, OPEN, told(ONE, AMOUNT, PROCESSED), NOW)
        both = {"refunds": refunds(one=(AMOUNT, "processed")), "refund_requests": {}, "refunded_amount": AMOUNT}
        assert given == Decision(Verdict.RECORDED, {**both, "gsi2pk": None, "gsi2sk": None})

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED])
    def test_of_money_that_is_not_ours(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), OPEN, told(ONE, AMOUNT, PROCESSED), NOW) == NO_CHANGE


class TestTheAnswerToARequest:
    REQUESTS = {"k": {"amount": 100, "refund_id": ""}, "l": {"amount": 50, "refund_id": ""}}

    def test_is_kept_with_it_and_the_next_is_due_at_once(self) -> None:
        held = captured(refund_requests=self.REQUESTS)
        given = decide(held, OPEN, told(ONE, 100, PENDING, "k"), NOW)
        assert given == Decision(
            Verdict.RECORDED,
            {
                "refunds": refunds(one=(100, "pending")),
                "refund_requests": {"k": {"amount": 100, "refund_id": ONE}, "l": {"amount": 50, "refund_id": ""}},
                "refunded_amount": 0,
                **due(0),
            },
        )

    def test_is_kept_though_a_webhook_told_of_the_refund_before(self) -> None:
        held = captured(
            refund_requests={"k": {"amount": 100, "refund_id": ""}}, refunds=refunds(one=(100, "processed"))
        )
        given = decide(held, OPEN, told(ONE, 100, PENDING, "k"), NOW)
        assert given == Decision(
            Verdict.RECORDED,
            {
                "refunds": refunds(one=(100, "processed")),
                "refund_requests": {"k": {"amount": 100, "refund_id": ONE}},
                "refunded_amount": 100,
                **NO_TIMER,
            },
        )

    @pytest.mark.parametrize("request_key", ["k", "another"])
    def test_is_taken_once(self, request_key: str) -> None:
        held = captured(
            refund_requests={"k": {"amount": 100, "refund_id": ONE}}, refunds=refunds(one=(100, "processed"))
        )
        assert decide(held, OPEN, told(ONE, 100, PROCESSED, request_key), NOW) == NO_CHANGE


def test_refunds_that_fail_for_ever_are_looked_at_once_a_day() -> None:
    many = {f"rfnd_{number:014d}": {"amount": AMOUNT, "status": "failed"} for number in range(20)}
    given = decide(on_its_way(refunds=many), None, told(ONE, AMOUNT, FAILED), NOW)
    assert given.payment["gsi2sk"] == (NOW + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_a_part_that_the_gateway_refuses_is_dropped_and_told() -> None:
    held = captured(refund_requests={"k": {"amount": 100, "refund_id": ""}, "l": {"amount": 50, "refund_id": ""}})
    given = decide(held, OPEN, RefundRejected(PAYMENT_ID, "k", "no balance"), NOW)
    rest = {"refund_requests": {"l": {"amount": 50, "refund_id": ""}}, "refund_refused": "no balance"}
    assert given == Decision(Verdict.RECORDED, {**rest, **due(0)})
