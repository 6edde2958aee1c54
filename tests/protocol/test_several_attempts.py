"""Several attempts on one order, of the right and of another amount, reserved, captured and gone back: one look tells
all of it, also when the gateway does not answer half of it."""

from typing import Any

import pytest

from functions.payments import look
from tests.api import Api
from tests.protocol.read_back import books_of, next_look
from tests.protocol.sweeping import sweeps
from tests.shop import PRICE, Shop, refund

LESS, MORE = PRICE - 100, PRICE + 100


@pytest.fixture
def order_id(shop: Shop, student: Api) -> str:
    made: str = shop.order(student)["order_id"]
    return made


def attempt(shop: Shop, order_id: str, amount: int = PRICE) -> str:
    """One that the bank has refused for now."""
    made = shop.pay(order_id, "created", amount=amount)["razorpay_payment_id"]
    shop.control("POST", f"payments/{made}/fail")
    return made


def succeeds(shop: Shop, payment_id: str, **how: bool) -> dict[str, str]:
    """The bank's success after all, and what its checkout brings. On a paid order it goes back by itself."""
    told = shop.control("POST", f"payments/{payment_id}/late_authorize", how)
    return {name: value for name, value in told.items() if name.startswith("razorpay_")}


def is_told_reserved(shop: Shop, payment_id: str) -> None:
    known = shop.gateway.ledger.outbox.events.values()
    [event] = [each for each in known if each.type == "payment.authorized" and payment_id in each.body]
    shop.send(event)


def answers_badly(shop: Shop, call: str, times: int, kind: str = "500") -> None:
    shop.control("POST", "faults", {"kind": kind, "path": f".*/{call}", "method": "POST", "times": times})


def sweeps_for(shop: Shop, minutes: int) -> None:
    sweeps(shop, minutes // 5, minutes=5)


def stops_at_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look dies when it has told one thing."""
    settle, calls = look.settle, []

    def dies(*given: Any, **beside: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise RuntimeError
        return settle(*given, **beside)

    monkeypatch.setattr(look, "settle", dies)


def test_a_refused_capture_hides_nothing_that_went_back(shop: Shop, student: Api, order_id: str) -> None:
    gone, right, more = attempt(shop, order_id), attempt(shop, order_id), attempt(shop, order_id, MORE)
    succeeds(shop, more, capture=True)
    succeeds(shop, gone)
    succeeds(shop, right, capture=False, even_if_paid=True)
    sweeps(shop, 1, days=1)
    assert shop.payment(order_id).returned_payment_ids == [gone]
    is_told_reserved(shop, gone)
    assert shop.states(student, order_id) == ("failed", "cancelled")
    sweeps_for(shop, 120)
    assert shop.states(student, order_id) == ("failed", "cancelled")


@pytest.mark.parametrize("first", [PRICE, LESS])
def test_a_silent_capture_does_not_hide_that_a_checkout_was_of_another_amount(
    shop: Shop, student: Api, order_id: str, first: int
) -> None:
    made = {amount: attempt(shop, order_id, amount) for amount in (first, PRICE + LESS - first)}
    shop.verify(student, succeeds(shop, made[LESS], capture=False))
    succeeds(shop, made[PRICE], capture=False, even_if_paid=True)
    assert shop.states(student, order_id) == ("authorized", "active")
    answers_badly(shop, "capture", 1)
    sweeps(shop, 1, minutes=15)
    assert (shop.payment(order_id).reason, shop.enrollment(student).status) == ("mismatch", "cancelled")
    assert next_look(shop.payment(order_id)) == "23 12:19", "soon: the gateway still owes an answer"
    sweeps(shop, 1, minutes=5)
    assert shop.states(student, order_id) == ("captured", "active")


def test_what_went_back_makes_room_before_other_money_is_told(shop: Shop, student: Api, order_id: str) -> None:
    gone, wrong = attempt(shop, order_id), attempt(shop, order_id, LESS)
    checkout = succeeds(shop, wrong, capture=False)
    succeeds(shop, gone)
    is_told_reserved(shop, gone)
    assert shop.states(student, order_id) == ("authorized", "active")
    sweeps(shop, 1, minutes=15)
    assert (shop.payment(order_id).reason, shop.states(student, order_id)) == ("mismatch", ("failed", "cancelled"))
    shop.verify(student, checkout)
    assert shop.states(student, order_id) == ("failed", "cancelled")


def test_reserved_money_of_another_amount_is_watched_after_the_orders_own_watch(
    shop: Shop, student: Api, order_id: str
) -> None:
    gone, wrong = attempt(shop, order_id), attempt(shop, order_id, LESS)
    shop.time.pass_time(days=7)
    succeeds(shop, wrong, capture=False)
    succeeds(shop, gone)
    is_told_reserved(shop, gone)
    assert shop.states(student, order_id) == ("authorized", "active")
    sweeps(shop, 1, minutes=16)
    assert next_look(shop.payment(order_id)) == "01 12:16"
    shop.control("POST", f"payments/{wrong}/capture")
    sweeps(shop, 2, days=1)
    assert books_of(shop, order_id) == (LESS, 0)


@pytest.mark.parametrize("kind", ["500", "lose_answer"])
def test_one_silent_capture_beside_other_money_shuts_nobody_out(
    shop: Shop, student: Api, order_id: str, kind: str
) -> None:
    right, wrong = attempt(shop, order_id), attempt(shop, order_id, LESS)
    shop.verify(student, succeeds(shop, right, capture=False))
    succeeds(shop, wrong, capture=True, even_if_paid=True)
    answers_badly(shop, "capture", 1, kind)
    sweeps(shop, 1, minutes=15)
    assert (shop.payment(order_id).captured_amount, shop.states(student, order_id)) == (0, ("authorized", "active"))
    sweeps_for(shop, 20)
    assert shop.states(student, order_id) == ("captured", "active")


def test_what_is_reserved_on_a_paid_order_is_not_captured(shop: Shop, student: Api, order_id: str) -> None:
    first, second = attempt(shop, order_id), attempt(shop, order_id)
    succeeds(shop, first, capture=True)
    succeeds(shop, second, capture=False, even_if_paid=True)
    sweeps(shop, 1, minutes=6)
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.gateway.ledger.payments[second].status == "authorized"


def test_a_refused_capture_keeps_nothing_from_going_back(shop: Shop, admin: Api, order_id: str) -> None:
    right, more = attempt(shop, order_id), attempt(shop, order_id, MORE)
    succeeds(shop, more, capture=True)
    shop.deliver()
    succeeds(shop, right, capture=False, even_if_paid=True)
    answers_badly(shop, "refund", 1)
    assert refund(admin, order_id, key="one", payment_id=more).status == 200
    assert len(shop.gateway.ledger.refunds) == 0
    sweeps_for(shop, 10)
    assert [each.payment_id for each in shop.gateway.ledger.refunds.values()] == [more]


def test_a_look_that_dies_between_a_capture_and_its_refund_is_done_again(
    shop: Shop, student: Api, order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = shop.pay(order_id)["razorpay_payment_id"]
    made = shop.control("POST", f"payments/{paid}/refund", {"amount": PRICE})
    shop.control("POST", f"refunds/{made['id']}/process")
    stops_at_the_second(monkeypatch)
    sweeps(shop, 1, minutes=6)
    assert (shop.states(student, order_id), next_look(shop.payment(order_id))) == (("captured", "active"), "23 12:21")
    sweeps(shop, 1, minutes=15)
    assert (shop.states(student, order_id), next_look(shop.payment(order_id))) == (("refunded", "cancelled"), None)


@pytest.mark.parametrize("first", [PRICE, LESS])
def test_a_look_that_dies_between_other_money_and_the_right_is_done_again(
    shop: Shop, student: Api, order_id: str, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    made = {amount: attempt(shop, order_id, amount) for amount in (first, PRICE + LESS - first)}
    shop.verify(student, succeeds(shop, made[PRICE], capture=True))
    succeeds(shop, made[LESS], capture=True, even_if_paid=True)
    stops_at_the_second(monkeypatch)
    sweeps(shop, 1, minutes=15)
    assert (shop.states(student, order_id), next_look(shop.payment(order_id))) == (("failed", "cancelled"), "23 12:30")
    sweeps(shop, 1, minutes=15)
    assert (shop.states(student, order_id), books_of(shop, order_id)) == (("captured", "active"), (PRICE + LESS, 0))
    sweeps(shop, 2, minutes=15)
    assert books_of(shop, order_id) == (PRICE + LESS, LESS)
