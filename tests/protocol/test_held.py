"""Money of another amount than the order's: held, in the books, and given back when an admin says so or the right money
comes."""

from typing import Any

import pytest

from functions.payments import views
from tests.api import Api, Reply
from tests.contents import contents
from tests.protocol.read_back import books_of, next_look, payment_steps
from tests.shop import PRICE, Shop, refund

LESS = PRICE - 100


@pytest.fixture
def order_id(shop: Shop, student: Api) -> str:
    """An order that was paid with a hundred paise too little."""
    made: str = shop.order(student)["order_id"]
    shop.pay(made, amount=LESS)
    shop.deliver()
    return made


def held(shop: Shop, order_id: str) -> dict[str, Any]:
    """What the register says is beside the payment that counts."""
    [beside] = views.admin_payment(shop.payment(order_id)).extra_payments
    refunds = [each.amount for each in beside.refunds]
    return {"amount": beside.amount, "currency": beside.currency, "held": beside.on_hold, "refunds": refunds}


def release(shop: Shop, admin: Api, order_id: str, **fields: Any) -> Reply:
    """The admin gives back what is held."""
    [payment_id] = [each.id for each in shop.gateway.ledger.payments.values() if each.amount == LESS]
    return refund(admin, order_id, key="click-1", **{"payment_id": payment_id, **fields})


def test_it_opens_nothing_and_is_in_the_books(shop: Shop, student: Api, order_id: str) -> None:
    assert shop.states(student, order_id) == ("failed", "cancelled")
    assert (shop.payment(order_id).captured_amount, books_of(shop, order_id)) == (0, (LESS, 0))
    assert next_look(shop.payment(order_id)) == "24 12:00"
    version = shop.payment(order_id).version
    shop.deliver(again=True)
    assert shop.payment(order_id).version == version


def test_the_learner_opens_another_order_at_once(shop: Shop, student: Api, order_id: str) -> None:
    other = shop.order(student)["order_id"]
    assert other != order_id
    shop.pay(other)
    shop.deliver()
    assert shop.states(student, other) == ("captured", "active")
    assert (shop.payment(order_id).reason, books_of(shop, order_id)) == ("mismatch", (LESS, 0))


def test_it_is_looked_at_every_day_and_its_history_does_not_grow(shop: Shop, order_id: str, asked: list[str]) -> None:
    steps = payment_steps(order_id)
    for _ in range(3):
        shop.time.pass_time(days=1, minutes=1)
        asked.clear()
        assert shop.sweep() == {"no_change": 1}
        assert len(asked) == 2, "the payments of the order, and the refunds of the one that was captured"
    assert payment_steps(order_id) == steps
    assert next_look(shop.payment(order_id)) is not None


def test_an_admin_gives_it_back(shop: Shop, admin: Api, order_id: str) -> None:
    [payment_id] = shop.gateway.ledger.payments
    told = admin.get(f"/api/payments/{order_id}").json["payment"]["held"]
    assert told == [{"payment_id": payment_id, "amount": LESS, "currency": "INR"}]
    answer = release(shop, admin, order_id)
    assert answer.json["payment"]["held"] == []
    assert (answer.status, answer.json["payment"]["status"]) == (200, "failed")
    assert [each.amount for each in shop.gateway.ledger.refunds.values()] == [LESS]
    assert release(shop, admin, order_id).status == 200
    shop.time.pass_time(minutes=15)
    shop.gateway.tick()
    shop.sweep()
    assert books_of(shop, order_id) == (LESS, LESS)
    assert (shop.payment(order_id).status, shop.payment(order_id).reason) == ("failed", "refunded")
    shop.time.pass_time(days=8)
    shop.sweep()
    assert next_look(shop.payment(order_id)) is None


def test_it_is_asked_back_by_the_sweep_when_the_gateway_is_silent(shop: Shop, admin: Api, order_id: str) -> None:
    shop.control("POST", "faults", {"kind": "500", "times": 3})
    assert release(shop, admin, order_id).status == 200
    assert len(shop.gateway.ledger.refunds) == 0
    assert next_look(shop.payment(order_id)) == "23 12:00"
    shop.sweep()
    assert [each.amount for each in shop.gateway.ledger.refunds.values()] == [LESS]


def test_a_part_of_it_is_not_given_back(shop: Shop, admin: Api, order_id: str) -> None:
    before = contents()
    for asked in ({"amount": 1_000}, {}):
        answer = release(shop, admin, order_id, **({"payment_id": None} | asked))
        assert (answer.status, answer.code) == (409, "not_refundable")
    answer = release(shop, admin, order_id, amount=1_000)
    assert (answer.status, answer.code) == (409, "not_refundable")
    assert contents() == before


def test_no_part_of_what_is_no_payment_of_the_order_is_given_back(shop: Shop, student: Api, admin: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    before = contents()
    body = {"reason": "paid too little", "payment_id": "pay_AAAAAAAAAAAAAA", "amount": 1_000}
    answer = admin.post(f"/api/payments/{order_id}/refund", body, headers={"Idempotency-Key": "click-1"})
    assert (answer.status, answer.code) == (409, "not_refundable")
    assert contents() == before


def test_what_is_given_back_at_the_gateways_own_page_is_learned(shop: Shop, order_id: str) -> None:
    [payment_id] = shop.gateway.ledger.payments
    shop.control("POST", f"payments/{payment_id}/refund", {"amount": LESS})
    shop.deliver()
    assert held(shop, order_id) == {"amount": LESS, "currency": "INR", "held": True, "refunds": [LESS]}
    shop.time.pass_time(days=1, minutes=1)
    shop.gateway.tick()
    shop.sweep()
    assert books_of(shop, order_id) == (LESS, LESS)
    assert shop.payment(order_id).reason == "refunded"


def test_the_right_money_is_taken_and_the_other_goes_back(shop: Shop, student: Api, order_id: str) -> None:
    """The gateway let the order be paid again."""
    [first] = shop.gateway.ledger.payments
    shop.gateway.ledger.payments[first].status = "refunded"
    shop.pay(order_id)
    shop.gateway.ledger.payments[first].status = "captured"
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")
    assert next_look(shop.payment(order_id)) == "23 12:00"
    shop.sweep()
    assert held(shop, order_id) == {"amount": LESS, "currency": "INR", "held": False, "refunds": [LESS]}
    shop.time.pass_time(minutes=15)
    shop.gateway.tick()
    shop.sweep()
    assert books_of(shop, order_id) == (LESS + PRICE, LESS)
    assert (shop.states(student, order_id), next_look(shop.payment(order_id))) == (("captured", "active"), None)
