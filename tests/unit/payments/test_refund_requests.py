"""Refunds, as they are asked for: the amounts, to the paisa."""

import pytest

from cli._situations import AMOUNT, NOW, make_payment
from functions.payments.decide import decide
from functions.payments.decision import NO_CHANGE, Decision, Verdict
from functions.payments.evidence import RefundRequested
from functions.payments.giving_back import open_requests, unrequested_balance
from shared.lifecycle import PaymentStatus, StatusReason
from tests.unit.payments.decided import ONE, OPEN, OTHERS, captured, due, ended, refunds


class TestAnAdminAsks:
    def test_for_a_part_and_it_is_due_at_once(self) -> None:
        given = decide(captured(), OPEN, RefundRequested("k", 100), NOW)
        requests = {"k": {"amount": 100, "refund_id": ""}}
        assert given == Decision(Verdict.RECORDED, {"refund_requests": requests, **due(0)})

    @pytest.mark.parametrize("amount", [None, AMOUNT])
    def test_for_everything_and_the_access_ends_now(self, amount: int | None) -> None:
        whole = {"status": PaymentStatus.REFUND_PENDING, "reason": StatusReason.REQUESTED, **due(0)}
        if amount:
            whole["refund_requests"] = {"k": {"amount": AMOUNT, "refund_id": "with the rest"}}
        given = decide(captured(), OPEN, RefundRequested("k", amount), NOW)
        assert given == Decision(Verdict.REFUND_DUE, whole, ended(StatusReason.REFUNDED))
        assert decide(captured(), OTHERS, RefundRequested("k", amount), NOW).enrollment == {}

    def test_for_all_that_is_left(self) -> None:
        held = captured(refunds=refunds(one=(100, "processed"), two=(200, "pending")))
        assert unrequested_balance(held) == AMOUNT - 300
        for amount in (None, AMOUNT - 300):
            assert decide(held, OPEN, RefundRequested("k", amount), NOW).verdict is Verdict.REFUND_DUE
        part = decide(held, OPEN, RefundRequested("k", AMOUNT - 400), NOW)
        assert part.verdict is Verdict.RECORDED
        for amount in (AMOUNT - 399, AMOUNT - 301):
            too_little_left = decide(held, OPEN, RefundRequested("k", amount), NOW)
            assert too_little_left == Decision(Verdict.REJECTED)
        assert decide(held, OPEN, RefundRequested("k", AMOUNT - 299), NOW) == Decision(Verdict.REJECTED)

    def test_for_the_last_paisa(self) -> None:
        held = captured(refunds=refunds(one=(AMOUNT - 1, "processed")))
        for amount in (None, 1):
            assert decide(held, OPEN, RefundRequested("k", amount), NOW).verdict is Verdict.REFUND_DUE

    def test_the_same_again(self) -> None:
        held = captured(refund_requests={"k": {"amount": 100, "refund_id": ""}})
        assert decide(held, OPEN, RefundRequested("k", 100), NOW) == NO_CHANGE
        assert decide(held, OPEN, RefundRequested("l", 100), NOW).payment["refund_requests"] == {
            "k": {"amount": 100, "refund_id": ""},
            "l": {"amount": 100, "refund_id": ""},
        }

    @pytest.mark.parametrize("status", [PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED])
    def test_for_everything_that_is_gone_or_going_already(self, status: PaymentStatus) -> None:
        assert decide(make_payment(status), OPEN, RefundRequested("all", None), NOW) == NO_CHANGE
        assert decide(make_payment(status), OPEN, RefundRequested("k", 100), NOW) == Decision(Verdict.REJECTED)

    @pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.AUTHORIZED, PaymentStatus.FAILED])
    def test_for_money_we_never_had(self, status: PaymentStatus) -> None:
        for amount in (None, 100):
            assert decide(make_payment(status), OPEN, RefundRequested("k", amount), NOW) == Decision(Verdict.REJECTED)

    def test_while_everything_is_on_its_way_in_parts(self) -> None:
        held = captured(refunds=refunds(one=(AMOUNT, "pending")))
        for amount in (None, 100):
            assert decide(held, OPEN, RefundRequested("k", amount), NOW) == Decision(Verdict.REJECTED)


def test_what_is_left_counts_what_was_asked_for_and_not_yet_answered() -> None:
    requests = {"k": {"amount": 100, "refund_id": ""}, "l": {"amount": 50, "refund_id": ONE}}
    held = captured(refund_requests=requests, refunds=refunds(one=(50, "pending"), two=(7, "failed")))
    assert open_requests(requests) == {"k": 100}
    assert unrequested_balance(held) == AMOUNT - 150
