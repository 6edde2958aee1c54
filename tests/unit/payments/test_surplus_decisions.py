"""Money captured on an order beside the payment that counts: it goes back, and touches nothing else."""

from typing import Any

import pytest

from cli._situations import AMOUNT, NOW, PAID, payment
from functions.payments.decide import decide
from functions.payments.decision import KNOWN, Decision, Verdict
from functions.payments.evidence import Captured, DisputeLost, Evidence, Refunded, RefundStatus
from functions.payments.giving_back import left_of_surplus, look_again, surplus
from shared.lifecycle import PaymentStatus, Reason
from tests.unit.payments.test_decisions import NO_TIMER, OPEN, due

SECOND, THIRD = "pay_BBBBBBBBBBBBBB", "pay_CCCCCCCCCCCCCC"
ONE = "rfnd_AAAAAAAAAAAAAA"
PENDING, PROCESSED, FAILED = RefundStatus.PENDING, RefundStatus.PROCESSED, RefundStatus.FAILED
WITH_MONEY = [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED]


def kept(amount: int = AMOUNT, charged_back: bool = False, **refunds: str) -> dict[str, Any]:
    """One surplus capture; refunds of the whole of it by their status."""
    ids = {"one": ONE, "two": "rfnd_BBBBBBBBBBBBBB"}
    told = {ids[name]: {"amount": amount, "status": status} for name, status in refunds.items()}
    return {"amount": amount, "refunds": told, "charged_back": charged_back}


def settled(status: PaymentStatus = PaymentStatus.CAPTURED, **changes: Any) -> Any:
    return payment(status, **changes)


@pytest.mark.parametrize("status", WITH_MONEY)
def test_a_second_capture_is_kept_beside_and_goes_back_at_once(status: PaymentStatus) -> None:
    given = decide(settled(status), OPEN, Captured(SECOND, AMOUNT + 1, "USD"), NOW)
    assert given == Decision(Verdict.TO_REFUND, {"surplus": {SECOND: kept(AMOUNT + 1)}, **due(0)})


def test_it_is_kept_once_and_the_next_is_kept_too() -> None:
    held = settled(surplus={SECOND: kept()})
    assert decide(held, OPEN, Captured(SECOND, AMOUNT, "INR"), NOW) == KNOWN
    given = decide(held, OPEN, Captured(THIRD, 100, "INR"), NOW)
    assert given.payment["surplus"] == {SECOND: kept(), THIRD: kept(100)}
    assert surplus(held) == {SECOND: kept()}, "what was read is not changed"


def test_the_capture_that_counts_is_none_of_them() -> None:
    assert decide(settled(), OPEN, Captured(PAID, AMOUNT, "INR"), NOW) == KNOWN


@pytest.mark.parametrize(("status", "then"), [(PENDING, due(15)), (PROCESSED, NO_TIMER), (FAILED, due(30))], ids=str)
def test_its_refund_is_written_down_beside_it(status: RefundStatus, then: dict[str, Any]) -> None:
    held = settled(surplus={SECOND: kept()})
    given = decide(held, OPEN, Refunded(SECOND, ONE, AMOUNT, status), NOW)
    assert given == Decision(Verdict.RECORDED, {"surplus": {SECOND: kept(one=status.value)}, **then})


def test_its_refund_again_is_nothing_new() -> None:
    held = settled(surplus={SECOND: kept(one="processed")})
    for status in RefundStatus:
        assert decide(held, OPEN, Refunded(SECOND, ONE, AMOUNT, status), NOW) == KNOWN


def test_its_lost_dispute_ends_it_and_takes_no_access() -> None:
    held = settled(surplus={SECOND: kept()})
    given = decide(held, OPEN, DisputeLost(SECOND), NOW)
    assert given == Decision(Verdict.RECORDED, {"surplus": {SECOND: kept(charged_back=True)}, **NO_TIMER})
    again = settled(surplus={SECOND: kept(charged_back=True)})
    assert decide(again, OPEN, DisputeLost(SECOND), NOW) == KNOWN


@pytest.mark.parametrize("evidence", [Refunded(THIRD, ONE, AMOUNT, PROCESSED), DisputeLost(THIRD)], ids=str)
@pytest.mark.parametrize("status", WITH_MONEY)
def test_what_was_never_captured_here_is_nothing_to_do(evidence: Evidence, status: PaymentStatus) -> None:
    assert decide(settled(status), OPEN, evidence, NOW) == KNOWN
    assert decide(settled(status, surplus={SECOND: kept()}), OPEN, evidence, NOW) == KNOWN


def test_the_refund_of_the_payment_that_counts_goes_on_beside_it() -> None:
    held = settled(PaymentStatus.REFUND_PENDING, reason=Reason.REQUESTED, surplus={SECOND: kept(one="pending")})
    given = decide(held, None, Refunded(PAID, ONE, AMOUNT, PROCESSED), NOW)
    assert (given.verdict, given.payment["status"]) == (Verdict.REFUNDED, PaymentStatus.REFUNDED)
    assert given.payment["gsi2sk"] == due(15)["gsi2sk"], "the other one is still on its way"


@pytest.mark.parametrize(
    ("each", "left"),
    [
        (kept(100), 100),
        (kept(100, one="pending"), 0),
        (kept(100, one="processed"), 0),
        (kept(100, one="failed"), 100),
        (kept(100, charged_back=True), 0),
        ({"amount": 100, "charged_back": False, "refunds": {ONE: {"amount": 30, "status": "processed"}}}, 70),
        ({"amount": 100, "charged_back": False, "refunds": {ONE: {"amount": 30, "status": "pending"}}}, 70),
    ],
)
def test_what_is_left_of_it(each: dict[str, Any], left: int) -> None:
    assert left_of_surplus(each) == left


PART = {"k": {"amount": 100, "refund_id": ""}}
ANSWERED = {"k": {"amount": 100, "refund_id": ONE}}
FAILED_PART = {ONE: {"amount": 100, "status": "failed"}}
PENDING_PART = {ONE: {"amount": 100, "status": "pending"}}


@pytest.mark.parametrize(
    ("held", "then"),
    [
        (settled(), NO_TIMER),
        (settled(refund_requests=PART), due(0)),
        (settled(refund_requests=ANSWERED), NO_TIMER),
        (settled(PaymentStatus.REFUNDED, refund_requests=PART), NO_TIMER),
        (settled(refunds=PENDING_PART), due(15)),
        (settled(refunds=FAILED_PART), NO_TIMER),
        (settled(PaymentStatus.REFUNDED, refunds=PENDING_PART), NO_TIMER),
        (settled(PaymentStatus.REFUND_PENDING), due(15)),
        (settled(PaymentStatus.REFUND_PENDING, refunds=FAILED_PART), due(30)),
        (settled(surplus={SECOND: kept()}), due(0)),
        (settled(surplus={SECOND: kept(one="pending")}), due(15)),
        (settled(surplus={SECOND: kept(one="processed")}), NO_TIMER),
        (settled(surplus={SECOND: kept(one="failed")}), due(30)),
        (settled(surplus={SECOND: kept(one="failed", two="failed")}), due(60)),
        (settled(surplus={SECOND: kept(one="failed"), THIRD: kept()}), due(0)),
        (settled(surplus={SECOND: kept(one="failed"), THIRD: kept(one="failed")}), due(60)),
        (settled(refunds=FAILED_PART, surplus={SECOND: kept(one="failed")}), due(60)),
        (settled(PaymentStatus.REFUNDED, refunds=FAILED_PART, surplus={SECOND: kept(one="failed")}), due(30)),
        (settled(refund_requests=PART, surplus={SECOND: kept(one="failed")}), due(0)),
    ],
    ids=lambda each: "" if isinstance(each, dict) else each.status.value,
)
def test_it_is_looked_at_again_while_anything_is_on_its_way(held: Any, then: dict[str, Any]) -> None:
    assert look_again(held, NOW) == then
