"""Money captured on an order beside the payment that counts: it goes back, and touches nothing else."""

from typing import Any

import pytest

from cli._situations import AMOUNT, NOW, PAYMENT_ID, make_payment
from functions.payments.decide import decide
from functions.payments.decision import NO_CHANGE, Decision, Verdict
from functions.payments.evidence import (
    Captured,
    DisputeLost,
    Evidence,
    ManualRefund,
    Refunded,
    RefundRejected,
    RefundStatus,
)
from functions.payments.giving_back import extra_captures, next_poll, refund_due, refundable_balance, reopen_request
from functions.payments.giving_back import on_hold as held_of
from shared.lifecycle import PaymentStatus, StatusReason
from tests.unit.payments.decided import NO_TIMER, ONE, OPEN, TWO, due

SECOND, THIRD = "pay_BBBBBBBBBBBBBB", "pay_CCCCCCCCCCCCCC"
DISPUTE = "disp_AAAAAAAAAAAAAA"
PENDING, PROCESSED, FAILED = RefundStatus.PENDING, RefundStatus.PROCESSED, RefundStatus.FAILED
WITH_MONEY = [PaymentStatus.CAPTURED, PaymentStatus.REFUND_PENDING, PaymentStatus.REFUNDED]


def kept(amount: int = AMOUNT, *, currency: str = "INR", held: bool = False, **refunds: str) -> dict[str, Any]:
    """One surplus capture; refunds of the whole of it by their status."""
    ids = {"one": ONE, "two": TWO}
    told = {ids[name]: {"amount": amount, "status": status} for name, status in refunds.items()}
    return {"amount": amount, "currency": currency, "refunds": told, "other_returns": {}, "held": held}


def taken(part: int, by: str = "dispute", **how: Any) -> dict[str, Any]:
    """The same, of which `part` was taken."""
    name = {"dispute": DISPUTE, "hand": "UTR1"}[by]
    return kept(**how) | {"other_returns": {name: {"amount": part, "by": by}}}


def settled(status: PaymentStatus = PaymentStatus.CAPTURED, **changes: Any) -> Any:
    return make_payment(status, **changes)


@pytest.mark.parametrize("status", WITH_MONEY)
def test_a_second_capture_is_kept_beside_and_goes_back_at_once(status: PaymentStatus) -> None:
    given = decide(settled(status), OPEN, Captured(SECOND, AMOUNT + 1, "USD"), NOW)
    assert given == Decision(Verdict.REFUND_DUE, {"surplus": {SECOND: kept(AMOUNT + 1, currency="USD")}, **due(0)})


def test_it_is_kept_once_and_the_next_is_kept_too() -> None:
    held = settled(surplus={SECOND: kept()})
    assert decide(held, OPEN, Captured(SECOND, AMOUNT, "INR"), NOW) == NO_CHANGE
    given = decide(held, OPEN, Captured(THIRD, 100, "INR"), NOW)
    assert given.payment["surplus"] == {SECOND: kept(), THIRD: kept(100)}
    assert extra_captures(held) == {SECOND: kept()}, "what was read is not changed"


def test_the_capture_that_counts_is_none_of_them() -> None:
    assert decide(settled(), OPEN, Captured(PAYMENT_ID, AMOUNT, "INR"), NOW) == NO_CHANGE


@pytest.mark.parametrize(("status", "then"), [(PENDING, due(15)), (PROCESSED, NO_TIMER), (FAILED, due(30))], ids=str)
def test_its_refund_is_written_down_beside_it(status: RefundStatus, then: dict[str, Any]) -> None:
    held = settled(surplus={SECOND: kept()})
    given = decide(held, OPEN, Refunded(SECOND, ONE, AMOUNT, status), NOW)
    assert given == Decision(Verdict.RECORDED, {"surplus": {SECOND: kept(one=status.value)}, **then})


def test_its_refund_again_is_nothing_new() -> None:
    held = settled(surplus={SECOND: kept(one="processed")})
    for status in RefundStatus:
        assert decide(held, OPEN, Refunded(SECOND, ONE, AMOUNT, status), NOW) == NO_CHANGE


TAKEN = [
    (DisputeLost(SECOND, DISPUTE, AMOUNT), taken(AMOUNT), NO_TIMER),
    (DisputeLost(SECOND, DISPUTE, 100), taken(100), due(0)),
    (ManualRefund(SECOND, "UTR1", AMOUNT), taken(AMOUNT, "hand"), NO_TIMER),
    (ManualRefund(SECOND, "UTR1", 100), taken(100, "hand"), due(0)),
]


@pytest.mark.parametrize(("evidence", "then", "look"), TAKEN, ids=str)
def test_what_is_taken_of_it_is_not_asked_back_and_takes_no_access(
    evidence: Evidence, then: dict[str, Any], look: dict[str, Any]
) -> None:
    given = decide(settled(surplus={SECOND: kept()}), OPEN, evidence, NOW)
    assert given == Decision(Verdict.RECORDED, {"surplus": {SECOND: then}, **look})
    assert decide(settled(surplus={SECOND: then}), OPEN, evidence, NOW) == NO_CHANGE


def test_what_is_taken_of_it_adds_up() -> None:
    given = decide(settled(surplus={SECOND: taken(100)}), OPEN, ManualRefund(SECOND, "UTR1", 200), NOW)
    both = {DISPUTE: {"amount": 100, "by": "dispute"}, "UTR1": {"amount": 200, "by": "hand"}}
    assert given.payment["surplus"][SECOND]["other_returns"] == both


def test_no_more_of_it_is_returned_by_hand_than_is_left() -> None:
    for held, most in ((kept(), AMOUNT), (kept(one="pending"), 0), (taken(100), AMOUNT - 100)):
        stored = settled(surplus={SECOND: held})
        assert decide(stored, OPEN, ManualRefund(SECOND, "UTR2", most + 1), NOW) == Decision(Verdict.REJECTED)
        if most:
            assert decide(stored, OPEN, ManualRefund(SECOND, "UTR2", most), NOW).verdict is Verdict.RECORDED


def test_that_the_gateway_refuses_it_is_told_once() -> None:
    held = settled(surplus={SECOND: kept()})
    refused = RefundRejected(SECOND, None, "no balance")
    why = {SECOND: kept() | {"refused": "no balance"}}
    assert decide(held, OPEN, refused, NOW) == Decision(Verdict.RECORDED, {"surplus": why})
    assert decide(settled(surplus=why), OPEN, refused, NOW) == NO_CHANGE
    assert decide(settled(), OPEN, refused, NOW) == NO_CHANGE


@pytest.mark.parametrize(
    "evidence", [Refunded(THIRD, ONE, AMOUNT, PROCESSED), DisputeLost(THIRD, DISPUTE, AMOUNT)], ids=str
)
@pytest.mark.parametrize("status", WITH_MONEY)
def test_what_was_never_captured_here_is_nothing_to_do(evidence: Evidence, status: PaymentStatus) -> None:
    assert decide(settled(status), OPEN, evidence, NOW) == NO_CHANGE
    assert decide(settled(status, surplus={SECOND: kept()}), OPEN, evidence, NOW) == NO_CHANGE


def test_the_refund_of_the_payment_that_counts_goes_on_beside_it() -> None:
    held = settled(PaymentStatus.REFUND_PENDING, reason=StatusReason.REQUESTED, surplus={SECOND: kept(one="pending")})
    given = decide(held, None, Refunded(PAYMENT_ID, ONE, AMOUNT, PROCESSED), NOW)
    assert (given.verdict, given.payment["status"]) == (Verdict.REFUNDED, PaymentStatus.REFUNDED)
    assert given.payment["gsi2sk"] == due(15)["gsi2sk"], "the other one is still on its way"


@pytest.mark.parametrize(
    ("each", "rest"),
    [
        (kept(100), 100),
        (kept(100, one="pending"), 0),
        (kept(100, one="processed"), 0),
        (kept(100, one="failed"), 100),
        (taken(100, amount=100), 0),
        (taken(60, amount=100), 40),
        (taken(60, amount=100, one="pending"), -60),
        (kept(100) | {"refunds": {ONE: {"amount": 30, "status": "processed"}}}, 70),
        (kept(100) | {"refunds": {ONE: {"amount": 30, "status": "pending"}}}, 70),
    ],
)
def test_what_is_left_of_it(each: dict[str, Any], rest: int) -> None:
    assert refundable_balance(each) == rest
    assert refund_due(each) == max(rest, 0)
    assert refund_due(each | {"held": True}) == 0


PART = {"k": {"amount": 100, "refund_id": ""}}
TRIED = {"k": {"amount": 100, "refund_id": "", "failed": 1}}
ANSWERED = {"k": {"amount": 100, "refund_id": ONE}}
FAILED_PART = {ONE: {"amount": 100, "status": "failed"}}
PENDING_PART = {ONE: {"amount": 100, "status": "pending"}}


def test_a_request_whose_refund_fails_again_is_open_again_and_no_other() -> None:
    others = {"l": {"amount": 50, "refund_id": TWO}}
    again = {"k": {"amount": 100, "refund_id": "", "failed": 2}}
    assert reopen_request({"k": {**TRIED["k"], "refund_id": ONE}, **others}, ONE) == {**again, **others}


def test_the_last_paisa_is_held_too() -> None:
    taken_but_one = {SECOND: taken(AMOUNT - 1, held=True)}
    assert held_of(settled(PaymentStatus.FAILED, surplus=taken_but_one)) == {SECOND: 1}
    assert held_of(settled(PaymentStatus.FAILED, surplus={SECOND: taken(AMOUNT, held=True)})) == {}


@pytest.mark.parametrize(
    ("held", "then"),
    [
        (settled(), NO_TIMER),
        (settled(refund_requests=PART), due(0)),
        (settled(refund_requests=ANSWERED), NO_TIMER),
        (settled(PaymentStatus.REFUNDED, refund_requests=PART), NO_TIMER),
        (settled(refund_requests=TRIED, refunds=FAILED_PART), due(30)),
        (settled(refunds=PENDING_PART), due(15)),
        (settled(refunds=FAILED_PART), NO_TIMER),
        (settled(PaymentStatus.REFUNDED, refunds=PENDING_PART), due(15)),
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
        (settled(PaymentStatus.REFUNDED, refunds=FAILED_PART, surplus={SECOND: kept(one="failed")}), due(60)),
        (settled(surplus={SECOND: kept(held=True)}), due(24 * 60)),
        (settled(surplus={SECOND: kept(held=True, one="failed")}), due(24 * 60)),
        (settled(surplus={SECOND: kept(held=True, one="pending")}), due(15)),
        (settled(surplus={SECOND: kept(held=True, one="processed")}), NO_TIMER),
        (settled(surplus={SECOND: kept(held=True), THIRD: kept()}), due(0)),
        (settled(PaymentStatus.FAILED, window_over=True), due(30)),
        (settled(PaymentStatus.FAILED, window_over=True, surplus={SECOND: kept(held=True)}), due(24 * 60)),
        (settled(PaymentStatus.FAILED, window_over=True, surplus={SECOND: kept(one="processed")}), due(30)),
        (settled(refund_requests=PART, surplus={SECOND: kept(one="failed")}), due(0)),
    ],
    ids=lambda each: "" if isinstance(each, dict) else each.status.value,
)
def test_it_is_looked_at_again_while_anything_is_on_its_way(held: Any, then: dict[str, Any]) -> None:
    assert next_poll(held, NOW) == then
