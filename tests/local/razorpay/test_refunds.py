"""Refunds by the merchant, with and without an idempotency key."""

import pytest
from razorpay.errors import BadRequestError

from tests.local.razorpay.in_process import START, InProcessRazorpay, new_razorpay

KEY_HEADER = "X-Refund-Idempotency"


def refund_status_code(made: InProcessRazorpay, payment_id: str, key: str) -> int:
    auth = ("rzp_test_AbCdEfGhIjKlMn", "key secret")
    url = f"https://api.razorpay.com/v1/payments/{payment_id}/refund"
    return int(made.client.session.post(url, json={}, headers={KEY_HEADER: key}, auth=auth).status_code)


def test_partial_refunds_are_limited_to_the_captured_amount() -> None:
    made = new_razorpay()
    payment_id = made.capture_payment()
    first = made.client.payment.refund(payment_id, {"amount": 10_000, "notes": {"why": "goodwill"}})
    assert (first["entity"], first["amount"], first["payment_id"]) == ("refund", 10_000, payment_id)
    assert (first["status"], first["speed_requested"], first["notes"]) == ("pending", "normal", {"why": "goodwill"})
    payment = made.client.payment.fetch(payment_id)
    assert (payment["status"], payment["amount_refunded"], payment["refund_status"]) == ("captured", 10_000, "partial")
    with pytest.raises(BadRequestError, match="greater than amount captured"):
        made.client.payment.refund(payment_id, {"amount": 39_901})
    rest = made.client.payment.refund(payment_id, {})
    assert rest["amount"] == 39_900
    payment = made.client.payment.fetch(payment_id)
    assert (payment["status"], payment["refund_status"], payment["captured"]) == ("refunded", "full", True)
    with pytest.raises(BadRequestError, match="fully refunded already"):
        made.client.payment.refund(payment_id, {})
    assert made.client.order.fetch(payment["order_id"])["status"] == "paid"
    assert [item["id"] for item in made.client.payment.fetch_multiple_refund(payment_id)["items"]] == [
        rest["id"],
        first["id"],
    ]
    assert made.client.refund.all()["count"] == 2


def test_refund_is_processed_after_its_delay() -> None:
    made = new_razorpay(refund_seconds=30)
    refund_id = made.client.payment.refund(made.capture_payment(), {})["id"]
    made.gateway.advance(29)
    assert made.client.refund.fetch(refund_id)["status"] == "pending"
    made.gateway.advance(1)
    assert made.client.refund.fetch(refund_id)["status"] == "processed"
    assert made.event_types()[-2:] == ["refund.created", "refund.processed"]


def test_refund_without_delay_emits_created_before_processed() -> None:
    made = new_razorpay(refund_seconds=0)
    assert made.client.payment.refund(made.capture_payment(), {})["status"] == "processed"
    assert made.event_types()[-2:] == ["refund.created", "refund.processed"]


def test_failed_refund_restores_the_refundable_amount() -> None:
    made = new_razorpay(refund_seconds=0)
    made.control("PATCH", "settings", {"refunds": "fail"})
    payment_id = made.capture_payment()
    assert made.client.payment.refund(payment_id, {})["status"] == "failed"
    payment = made.client.payment.fetch(payment_id)
    assert (payment["status"], payment["amount_refunded"], payment["refund_status"]) == ("captured", 0, None)
    assert made.event_types()[-1] == "refund.failed"
    assert made.control("GET", "statement")["refunded"] == 0
    made.control("PATCH", "settings", {"refunds": "process"})
    assert made.client.payment.refund(payment_id, {})["status"] == "processed"


def test_refund_of_the_test_failure_amount_fails() -> None:
    made = new_razorpay(refund_seconds=0)
    assert made.client.payment.refund(made.capture_payment(), {"amount": 2_468})["status"] == "failed"


def test_refunds_on_hold_are_processed_after_release() -> None:
    made = new_razorpay(refund_seconds=0)
    made.control("PATCH", "settings", {"refunds": "hold"})
    refund_id = made.client.payment.refund(made.capture_payment(), {})["id"]
    assert made.client.refund.fetch(refund_id)["status"] == "pending"
    assert made.control("GET", "statement")["refund_pending"] == 49_900
    made.control("PATCH", "settings", {"refunds": "process"})
    assert made.client.refund.fetch(refund_id)["status"] == "processed"


def test_refund_with_same_key_and_body_is_created_once() -> None:
    made = new_razorpay()
    payment_id = made.capture_payment()
    first = made.client.payment.refund(payment_id, {"amount": 500}, headers={KEY_HEADER: "refund-0001"})
    again = made.client.payment.refund(payment_id, {"amount": 500}, headers={KEY_HEADER: "refund-0001"})
    assert again["id"] == first["id"]
    assert made.client.payment.fetch(payment_id)["amount_refunded"] == 500
    with pytest.raises(BadRequestError, match="Different request with the same idempotency key"):
        made.client.payment.refund(payment_id, {"amount": 600}, headers={KEY_HEADER: "refund-0001"})


def test_refund_key_replays_after_payment_is_fully_refunded() -> None:
    made = new_razorpay()
    payment_id = made.capture_payment()
    first = made.client.payment.refund(payment_id, {}, headers={KEY_HEADER: f"refund-{payment_id}"})
    made.gateway.advance(60)
    again = made.client.payment.refund(payment_id, {}, headers={KEY_HEADER: f"refund-{payment_id}"})
    assert (again["id"], again["status"]) == (first["id"], "processed")


@pytest.mark.parametrize(
    ("key", "message"),
    [("refund-01", "at least 10 characters long"), ("refund 0001", "must only contain alphanumeric")],
)
def test_refund_with_malformed_key_is_rejected(key: str, message: str) -> None:
    made = new_razorpay()
    with pytest.raises(BadRequestError, match=message):
        made.client.payment.refund(made.capture_payment(), {}, headers={KEY_HEADER: key})


def test_refund_with_key_in_progress_returns_409() -> None:
    made = new_razorpay()
    payment_id = made.capture_payment()
    made.gateway.ledger.refund_keys_in_progress.add("refund-0001")
    assert refund_status_code(made, payment_id, "refund-0001") == 409
    assert refund_status_code(made, payment_id, "refund-0002") == 200


def test_refund_of_uncaptured_too_small_or_too_old_payment_is_rejected() -> None:
    made = new_razorpay()
    authorized = made.pay(made.create_order()["id"], "authorized")["razorpay_payment_id"]
    with pytest.raises(BadRequestError, match="should be captured"):
        made.client.payment.refund(authorized, {})
    payment_id = made.capture_payment()
    with pytest.raises(BadRequestError, match=r"at least INR 1\.00"):
        made.client.payment.refund(payment_id, {"amount": 99})
    made.gateway.advance(183 * 86_400)
    assert made.client.payment.fetch(payment_id)["created_at"] == START
    with pytest.raises(BadRequestError, match="older than 6 months"):
        made.client.payment.refund(payment_id, {})


def test_dashboard_refund_is_created_and_processed_by_control_api() -> None:
    made = new_razorpay()
    payment_id = made.capture_payment()
    refund = made.control("POST", f"payments/{payment_id}/refund", {"amount": 900})
    assert made.client.refund.fetch(refund["id"])["amount"] == 900
    assert made.control("POST", f"refunds/{refund['id']}/process")["status"] == "processed"
    made.control("POST", f"refunds/{refund['id']}/fail", status=400)
