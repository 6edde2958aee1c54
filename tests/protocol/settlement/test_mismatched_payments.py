"""Payments of another amount than the order's: on hold and in the ledger, and refunded when an admin says so or a
matching payment is captured."""

from typing import Any

import pytest

from functions.payments import presenters
from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.stored_state import ledger_totals, next_poll_at, payment_history

UNDERPAID_AMOUNT = PRICE - 100


@pytest.fixture
def order_id(shop: Storefront, student: Api) -> str:
    """The id of an order that was paid with a hundred paise too little."""
    made: str = shop.create_order(student)["order_id"]
    shop.pay(made, amount=UNDERPAID_AMOUNT)
    shop.deliver()
    return made


def extra_payment(shop: Storefront, order_id: str) -> dict[str, Any]:
    """The one extra capture, as the admin's register shows it."""
    [extra] = presenters.admin_payment(shop.payment(order_id)).extra_payments
    refunds = [each.amount for each in extra.refunds]
    return {"amount": extra.amount, "currency": extra.currency, "held": extra.on_hold, "refunds": refunds}


def refund_held_payment(shop: Storefront, admin: Api, order_id: str, **fields: Any) -> Reply:
    """An admin refunds the payment on hold."""
    [payment_id] = [each.id for each in shop.gateway.ledger.payments.values() if each.amount == UNDERPAID_AMOUNT]
    return refund(admin, order_id, key="click-1", **{"payment_id": payment_id, **fields})


def test_mismatched_payment_grants_no_access_and_is_in_ledger(shop: Storefront, student: Api, order_id: str) -> None:
    assert shop.states(student, order_id) == ("failed", "cancelled")
    assert (shop.payment(order_id).captured_amount, ledger_totals(shop, order_id)) == (0, (UNDERPAID_AMOUNT, 0))
    assert next_poll_at(shop.payment(order_id)) == "24 12:00"
    version = shop.payment(order_id).version
    shop.deliver(redeliver=True)
    assert shop.payment(order_id).version == version


def test_mismatched_payment_refunded_learner_can_pay_a_new_order(
    shop: Storefront, student: Api, admin: Api, order_id: str
) -> None:
    assert shop.request_order(student).code == "payment_on_hold"
    assert refund_held_payment(shop, admin, order_id).status == 200
    other = shop.create_order(student)["order_id"]
    assert other != order_id
    shop.pay(other)
    shop.deliver()
    assert shop.states(student, other) == ("captured", "active")
    assert shop.payment(order_id).reason == "mismatch"


def test_held_payment_daily_poll_adds_no_history(shop: Storefront, order_id: str, gateway_calls: list[str]) -> None:
    steps = payment_history(order_id)
    for _ in range(3):
        shop.clock.advance(days=1, minutes=1)
        gateway_calls.clear()
        assert shop.sweep() == {"no_change": 1}
        assert gateway_calls == [f"GET /v1/orders/{order_id}/payments"], "Razorpay reports no refund of them"
    assert payment_history(order_id) == steps
    assert next_poll_at(shop.payment(order_id)) is not None


def test_held_payment_admin_refund_returns_full_amount(shop: Storefront, admin: Api, order_id: str) -> None:
    [payment_id] = shop.gateway.ledger.payments
    on_hold = admin.get(f"/api/payments/{order_id}").json["payment"]["on_hold"]
    held = {"payment_id": payment_id, "amount": UNDERPAID_AMOUNT, "refunded_amount": 0, "currency": "INR"}
    assert on_hold == [{**held, "state": "on_hold"}]
    answer = refund_held_payment(shop, admin, order_id)
    assert answer.json["payment"]["on_hold"] == [{**held, "state": "refund_pending"}]
    assert (answer.status, answer.json["payment"]["status"]) == (200, "failed")
    assert [each.amount for each in shop.gateway.ledger.refunds.values()] == [UNDERPAID_AMOUNT]
    assert refund_held_payment(shop, admin, order_id).status == 200
    shop.clock.advance(minutes=15)
    shop.gateway.tick()
    shop.sweep()
    assert ledger_totals(shop, order_id) == (UNDERPAID_AMOUNT, UNDERPAID_AMOUNT)
    assert (shop.payment(order_id).status, shop.payment(order_id).reason) == ("failed", "refunded")
    shop.clock.advance(days=8)
    shop.sweep()
    assert next_poll_at(shop.payment(order_id)) is None


def test_held_payment_refund_after_gateway_errors_is_executed_by_sweep(
    shop: Storefront, admin: Api, order_id: str
) -> None:
    shop.control("POST", "faults", {"kind": "500", "times": 3})
    assert refund_held_payment(shop, admin, order_id).status == 200
    assert len(shop.gateway.ledger.refunds) == 0
    assert next_poll_at(shop.payment(order_id)) == "23 12:00"
    shop.sweep()
    assert [each.amount for each in shop.gateway.ledger.refunds.values()] == [UNDERPAID_AMOUNT]


def test_held_payment_partial_refund_returns_not_refundable(shop: Storefront, admin: Api, order_id: str) -> None:
    before = snapshot()
    for fields in ({"amount": 1_000}, {}):
        answer = refund_held_payment(shop, admin, order_id, **({"payment_id": None} | fields))
        assert (answer.status, answer.code) == (409, "not_refundable")
    answer = refund_held_payment(shop, admin, order_id, amount=1_000)
    assert (answer.status, answer.code) == (409, "not_refundable")
    assert snapshot() == before


def test_partial_refund_of_unknown_payment_returns_not_refundable(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    before = snapshot()
    body = {"reason": "paid too little", "payment_id": "pay_AAAAAAAAAAAAAA", "amount": 1_000}
    answer = admin.post(f"/api/payments/{order_id}/refund", body, headers={"Idempotency-Key": "click-1"})
    assert (answer.status, answer.code) == (409, "not_refundable")
    assert snapshot() == before


def test_held_payment_refunded_in_gateway_dashboard_is_synced(shop: Storefront, order_id: str) -> None:
    [payment_id] = shop.gateway.ledger.payments
    shop.control("POST", f"payments/{payment_id}/refund", {"amount": UNDERPAID_AMOUNT})
    shop.deliver()
    assert extra_payment(shop, order_id) == {
        "amount": UNDERPAID_AMOUNT,
        "currency": "INR",
        "held": True,
        "refunds": [UNDERPAID_AMOUNT],
    }
    shop.clock.advance(days=1, minutes=1)
    shop.gateway.tick()
    shop.sweep()
    assert ledger_totals(shop, order_id) == (UNDERPAID_AMOUNT, UNDERPAID_AMOUNT)
    assert shop.payment(order_id).reason == "refunded"


def test_held_payment_is_refunded_when_matching_amount_is_captured(
    shop: Storefront, student: Api, order_id: str
) -> None:
    """Razorpay accepted a second payment on the order."""
    [first] = shop.gateway.ledger.payments
    shop.gateway.ledger.payments[first].status = "refunded"
    shop.pay(order_id)
    shop.gateway.ledger.payments[first].status = "captured"
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")
    assert next_poll_at(shop.payment(order_id)) == "23 12:00"
    shop.sweep()
    assert extra_payment(shop, order_id) == {
        "amount": UNDERPAID_AMOUNT,
        "currency": "INR",
        "held": False,
        "refunds": [UNDERPAID_AMOUNT],
    }
    shop.clock.advance(minutes=15)
    shop.gateway.tick()
    shop.sweep()
    assert ledger_totals(shop, order_id) == (UNDERPAID_AMOUNT + PRICE, UNDERPAID_AMOUNT)
    assert (shop.states(student, order_id), next_poll_at(shop.payment(order_id))) == (("captured", "active"), None)
