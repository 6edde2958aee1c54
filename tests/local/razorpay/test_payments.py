"""Payments: capture, late success, automatic refund."""

import hashlib
import hmac
import json

import pytest
from razorpay.errors import BadRequestError

from tests.local.razorpay.in_process import KEY_SECRET, START, WEBHOOK_SECRET, new_razorpay

DAY = 86_400


def test_captured_payment_pays_order_and_emits_three_events() -> None:
    account = new_razorpay()
    order = account.create_order()
    response = account.pay(order["id"], method="card")
    assert account.client.utility.verify_payment_signature(response) is True
    payment = account.client.payment.fetch(response["razorpay_payment_id"])
    assert (payment["status"], payment["captured"], payment["method"]) == ("captured", True, "card")
    assert (payment["amount"], payment["order_id"], payment["notes"]) == (49_900, order["id"], [])
    assert (payment["fee"], payment["tax"]) == (1_177, 179)
    paid = account.client.order.fetch(order["id"])
    assert (paid["status"], paid["amount_paid"], paid["amount_due"], paid["attempts"]) == ("paid", 49_900, 0, 1)
    assert account.client.order.payments(order["id"])["items"] == [payment]
    authorized, captured, order_paid = account.events()
    assert (authorized["type"], captured["type"], order_paid["type"]) == (
        "payment.authorized",
        "payment.captured",
        "order.paid",
    )
    assert authorized["body"]["payload"]["payment"]["entity"]["status"] == "authorized"
    assert captured["body"] == {
        "entity": "event",
        "account_id": "acc_LocalFake00001",
        "event": "payment.captured",
        "contains": ["payment"],
        "payload": {"payment": {"entity": payment}},
        "created_at": START,
    }
    assert order_paid["body"]["contains"] == ["payment", "order"]
    assert order_paid["body"]["payload"] == {"payment": {"entity": payment}, "order": {"entity": paid}}


def test_checkout_signature_covers_order_and_payment_id() -> None:
    account = new_razorpay()
    response = account.pay(account.create_order()["id"])
    message = f"{response['razorpay_order_id']}|{response['razorpay_payment_id']}".encode()
    assert response["razorpay_signature"] == hmac.new(KEY_SECRET.encode(), message, hashlib.sha256).hexdigest()
    assert set(response) == {"razorpay_order_id", "razorpay_payment_id", "razorpay_signature"}


def test_webhook_signature_covers_the_raw_body() -> None:
    account = new_razorpay()
    account.capture_payment()
    for event in account.events():
        expected = hmac.new(WEBHOOK_SECRET.encode(), event["raw_body"].encode(), hashlib.sha256).hexdigest()
        assert event["signature"] == expected
        assert json.loads(event["raw_body"]) == event["body"]


def test_failed_attempt_leaves_the_order_payable() -> None:
    account = new_razorpay()
    order = account.create_order()
    failed = account.pay(order["id"], "failed")
    assert failed["razorpay_signature"] is None
    assert failed["error"]["reason"] == "payment_failed"
    assert account.client.payment.fetch(failed["razorpay_payment_id"])["error_reason"] == "payment_failed"
    assert account.client.order.fetch(order["id"])["status"] == "attempted"
    account.pay(order["id"])
    paid = account.client.order.fetch(order["id"])
    assert (paid["status"], paid["attempts"]) == ("paid", 2)
    assert account.event_types()[0] == "payment.failed"


@pytest.mark.parametrize("outcome", ["authorized", "captured"])
def test_order_with_authorized_or_captured_payment_rejects_another(outcome: str) -> None:
    account = new_razorpay()
    order_id = account.create_order()["id"]
    account.pay(order_id, outcome)
    rejected = account.control("POST", f"orders/{order_id}/pay", {}, status=400)
    assert rejected["error"]["reason"] == "order_already_paid"
    assert account.client.order.payments(order_id)["count"] == 1


def test_capture_requires_exact_amount_and_happens_once() -> None:
    account = new_razorpay()
    payment_id = account.pay(account.create_order()["id"], "authorized")["razorpay_payment_id"]
    with pytest.raises(BadRequestError, match="Capture amount must be equal to the amount authorized"):
        account.client.payment.capture(payment_id, 49_800, {"currency": "INR"})
    captured = account.client.payment.capture(payment_id, 49_900, {"currency": "INR"})
    assert (captured["status"], captured["captured"]) == ("captured", True)
    with pytest.raises(BadRequestError, match="This payment has already been captured"):
        account.client.payment.capture(payment_id, 49_900, {"currency": "INR"})
    assert account.event_types() == ["payment.authorized", "payment.captured", "order.paid"]


def test_uncaptured_payment_is_refunded_after_three_days() -> None:
    account = new_razorpay()
    order_id = account.create_order()["id"]
    payment_id = account.pay(order_id, "authorized")["razorpay_payment_id"]
    account.control("POST", "clock", {"advance_seconds": 3 * DAY - 1})
    assert account.client.payment.fetch(payment_id)["status"] == "authorized"
    account.control("POST", "clock", {"advance_seconds": 1})
    payment = account.client.payment.fetch(payment_id)
    assert (payment["status"], payment["captured"], payment["amount_refunded"]) == ("refunded", False, 49_900)
    assert account.event_types() == ["payment.authorized", "refund.created", "refund.processed"]
    last = account.events()[-1]["body"]
    assert last["contains"] == ["refund", "payment"]
    assert last["payload"]["payment"]["entity"]["captured"] is False
    assert account.client.order.fetch(order_id)["status"] == "attempted"
    with pytest.raises(BadRequestError, match="authorized and not yet captured"):
        account.client.payment.capture(payment_id, 49_900, {"currency": "INR"})
    statement = account.control("GET", "statement")
    assert (statement["captured"], statement["refunded"], statement["refunded_uncaptured"]) == (0, 0, 49_900)


def test_late_payment_fails_first_and_is_captured_when_due() -> None:
    account = new_razorpay()
    order_id = account.create_order()["id"]
    late = account.pay(order_id, late_seconds=600)
    assert (late["razorpay_signature"], late["error"]["reason"]) == (None, "payment_timed_out")
    assert account.client.payment.fetch(late["razorpay_payment_id"])["status"] == "failed"
    assert account.fake.next_due() == START  # the event of the failure
    account.fake.advance(600)
    assert account.client.payment.fetch(late["razorpay_payment_id"])["status"] == "captured"
    assert account.event_types() == ["payment.failed", "payment.authorized", "payment.captured", "order.paid"]


def test_late_payment_of_already_paid_order_is_refunded_immediately() -> None:
    account = new_razorpay()
    order_id = account.create_order()["id"]
    late = account.pay(order_id, late_seconds=600)["razorpay_payment_id"]
    account.pay(order_id)
    account.fake.advance(600)
    payment = account.client.payment.fetch(late)
    assert (payment["status"], payment["captured"], payment["refund_status"]) == ("refunded", False, "full")
    refund_event = account.events()[-1]
    assert refund_event["type"] == "refund.processed"
    assert refund_event["body"]["payload"]["payment"]["entity"]["captured"] is False
    line = account.control("GET", "statement")["by_order"][order_id]
    assert (line["captured"], line["refunded"], line["refunded_uncaptured"]) == (49_900, 0, 49_900)


def test_created_payment_is_failed_and_late_authorized_by_control_api() -> None:
    account = new_razorpay()
    order_id = account.create_order()["id"]
    payment_id = account.pay(order_id, "created")["razorpay_payment_id"]
    assert account.client.payment.fetch(payment_id)["status"] == "created"
    account.control("POST", f"payments/{payment_id}/fail")
    response = account.control("POST", f"payments/{payment_id}/late_authorize", {"capture": False})
    assert account.client.utility.verify_payment_signature(response) is True
    assert account.client.payment.fetch(payment_id)["status"] == "authorized"
    account.control("POST", f"payments/{payment_id}/capture")
    assert account.client.order.fetch(order_id)["status"] == "paid"


def test_manual_capture_order_is_refunded_after_its_expiry_period() -> None:
    account = new_razorpay()
    options = {"capture": "manual", "capture_options": {"manual_expiry_period": 60}}
    payment_id = account.pay(account.create_order(payment=options)["id"], "failed")["razorpay_payment_id"]
    account.control("POST", f"payments/{payment_id}/late_authorize")
    assert account.client.payment.fetch(payment_id)["status"] == "authorized"
    account.fake.advance(3_600)
    assert account.client.payment.fetch(payment_id)["status"] == "refunded"


def test_payment_of_tampered_amount_leaves_order_attempted() -> None:
    account = new_razorpay()
    order_id = account.create_order()["id"]
    payment_id = account.pay(order_id, amount=100)["razorpay_payment_id"]
    assert account.client.payment.fetch(payment_id)["amount"] == 100
    order = account.client.order.fetch(order_id)
    assert (order["status"], order["amount_paid"], order["amount_due"]) == ("attempted", 100, 49_800)
