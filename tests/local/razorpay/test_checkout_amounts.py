"""Amounts that change at the checkout: offers, and a fee that the customer bears."""

from typing import Any

import pytest

from local.razorpay.state.account import Account
from tests.local.razorpay.in_process import InProcessRazorpay, new_razorpay

OFFER = "offer_JGQvQtvJmVDRIA"


def paid(account: InProcessRazorpay, amount: int, outcome: str = "captured", **fields: Any) -> tuple[Any, Any]:
    """The order and the payment after one attempt, as the API returns them."""
    order_id = account.create_order(amount)["id"]
    payment_id = account.pay(order_id, outcome, **fields)["razorpay_payment_id"]
    return account.client.order.fetch(order_id), account.client.payment.fetch(payment_id)


def test_payment_with_offer_pays_the_order_with_less() -> None:
    account = new_razorpay()
    order, payment = paid(account, 49_900, offer_id=OFFER, discount=5_000)
    assert (payment["amount"], payment["offer_id"], payment["captured"]) == (44_900, OFFER, True)
    assert (order["status"], order["amount"], order["amount_paid"], order["amount_due"]) == ("paid", 49_900, 44_900, 0)
    assert account.event_types() == ["payment.authorized", "payment.captured", "order.paid"]
    (order_paid,) = [event for event in account.events() if event["type"] == "order.paid"]
    assert order_paid["body"]["payload"]["payment"]["entity"]["offer_id"] == OFFER
    statement = account.control("GET", "statement")
    assert statement["captured"] == 44_900


def test_offer_without_discount_leaves_the_amount() -> None:
    order, payment = paid(new_razorpay(), 49_900, offer_id=OFFER)
    assert (payment["amount"], payment["offer_id"], order["amount_due"]) == (49_900, OFFER, 0)


def test_fetch_payment_expands_its_offers() -> None:
    account = new_razorpay()
    _, with_offer = paid(account, 49_900, offer_id=OFFER, discount=5_000)
    _, without = paid(account, 49_900)
    assert "offers" not in with_offer
    expanded = account.client.payment.fetch(with_offer["id"], {"expand[]": "offers"})
    assert expanded["offers"] == {"entity": "collection", "count": 1, "items": [{"id": OFFER}]}
    assert account.client.payment.fetch(without["id"], {"expand[]": "offers"})["offers"]["items"] == []


def test_fee_borne_by_the_customer_is_added_to_the_payment_only() -> None:
    account = new_razorpay()
    order, payment = paid(account, 100_000, customer_bears_fee=True)
    assert (payment["amount"], payment["fee"], payment["tax"]) == (102_360, 2_360, 360)
    assert (order["status"], order["amount_paid"], order["amount_due"]) == ("paid", 100_000, 0)


def test_fee_and_tax_are_null_until_the_capture() -> None:
    account = new_razorpay()
    _, payment = paid(account, 100_000, "authorized", customer_bears_fee=True)
    assert (payment["amount"], payment["fee"], payment["tax"]) == (102_360, None, None)
    captured = account.client.payment.capture(payment["id"], 102_360, {"currency": "INR"})
    assert (captured["fee"], captured["tax"]) == (2_360, 360)


def test_full_refund_returns_the_fee_too() -> None:
    account = new_razorpay()
    _, payment = paid(account, 100_000, customer_bears_fee=True)
    assert account.client.payment.refund(payment["id"], {})["amount"] == 102_360


def test_account_setting_adds_the_fee_to_every_payment() -> None:
    account = new_razorpay(account=Account(customer_bears_fee=True))
    assert paid(account, 100_000)[1]["amount"] == 102_360
    assert paid(account, 100_000, customer_bears_fee=False)[1]["amount"] == 100_000
    account.control("PATCH", "settings", {"customer_bears_fee": False})
    assert paid(account, 100_000)[1]["amount"] == 100_000


@pytest.mark.parametrize(
    "fields",
    [
        {"discount": 5_000},
        {"offer_id": OFFER, "discount": -1},
        {"offer_id": OFFER, "discount": "5000"},
        {"offer_id": OFFER, "discount": 49_801},
        {"offer_id": OFFER, "discount": 5_000, "customer_bears_fee": True},
    ],
)
def test_impossible_checkout_amount_is_rejected(fields: dict[str, Any]) -> None:
    account = new_razorpay()
    order_id = account.create_order()["id"]
    account.control("POST", f"orders/{order_id}/pay", fields, status=400)
    assert account.client.order.payments(order_id)["count"] == 0
