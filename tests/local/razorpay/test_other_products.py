"""Payments and webhooks of other products on the same account: payment links and QR codes."""

from typing import Any

import pytest

from tests.local.razorpay.in_process import InProcessRazorpay, new_razorpay


def pay_other_product(account: InProcessRazorpay, **fields: Any) -> dict[str, Any]:
    return account.control("POST", "other_products/pay", fields)


def test_payment_link_pays_an_order_of_its_own() -> None:
    account = new_razorpay()
    payment = pay_other_product(account, amount=12_300)
    order = account.client.order.fetch(payment["order_id"])
    assert (order["status"], order["amount_paid"], order["notes"], order["receipt"]) == ("paid", 12_300, [], None)
    assert account.client.order.payments(order["id"])["items"] == [payment]
    assert account.event_types() == ["payment.authorized", "payment.captured", "order.paid", "payment_link.paid"]
    body = account.events()[-1]["body"]
    assert body["contains"] == ["payment_link", "order", "payment"]
    assert body["payload"]["payment_link"]["entity"]["order_id"] == order["id"]
    assert body["payload"]["order"]["entity"]["id"] == order["id"].removeprefix("order_")
    assert body["payload"]["payment"]["entity"] == payment
    assert account.control("GET", "statement")["captured"] == 12_300


def test_qr_code_payment_has_no_order() -> None:
    account = new_razorpay()
    payment = pay_other_product(account, product="qr_code", amount=12_300)
    assert (payment["order_id"], payment["status"], payment["fee"]) == (None, "captured", 290)
    assert account.client.payment.fetch(payment["id"]) == payment
    assert account.client.payment.all()["items"] == [payment]
    assert account.event_types() == ["payment.authorized", "payment.captured", "qr_code.credited"]
    assert account.events()[-1]["body"]["contains"] == ["payment", "qr_code"]
    assert account.client.order.all()["count"] == 0
    assert account.control("GET", "statement")["captured"] == 0


@pytest.mark.parametrize(("product", "with_order"), [("payment_link", False), ("qr_code", True)])
def test_other_product_with_or_without_order_as_requested(product: str, with_order: bool) -> None:
    account = new_razorpay()
    payment = pay_other_product(account, product=product, with_order=with_order)
    assert (payment["order_id"] is not None) is with_order
    assert ("order" in account.events()[-1]["body"]["contains"]) is False


def test_payment_without_order_is_refunded_and_disputed() -> None:
    account = new_razorpay(refund_seconds=0)
    payment_id = pay_other_product(account, product="qr_code", amount=12_300)["id"]
    assert account.client.payment.refund(payment_id, {"amount": 300})["status"] == "processed"
    lost = account.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})
    assert lost["amount_deducted"] == 12_000
    assert account.event_types()[-2:] == ["refund.processed", "payment.dispute.lost"]
    account.fake.advance(3 * 86_400)
    assert account.client.settlement.all()["items"] == []
    assert account.control("GET", "books")["balance"] == 12_300 - 290 - 300 - 12_000


def test_webhooks_of_other_products_can_be_suppressed() -> None:
    account = new_razorpay()
    pay_other_product(account, webhooks=False)
    assert {event["state"] for event in account.events()} == {"suppressed"}


@pytest.mark.parametrize("fields", [{"product": "invoice"}, {"amount": 99}, {"amount": "x"}, {"colour": "red"}])
def test_other_product_with_invalid_fields_is_rejected(fields: dict[str, Any]) -> None:
    account = new_razorpay()
    account.control("POST", "other_products/pay", fields, status=400)
    assert account.client.payment.all()["count"] == 0
