"""Refunds of the merchant, with and without an idempotency key."""

import pytest
from razorpay.errors import BadRequestError

from tests.local.razorpay.in_process import START, InProcessRazorpay, new_razorpay

KEY_HEADER = "X-Refund-Idempotency"


def refund_status_code(account: InProcessRazorpay, payment_id: str, key: str) -> int:
    auth = ("rzp_test_AbCdEfGhIjKlMn", "key secret")
    url = f"https://api.razorpay.com/v1/payments/{payment_id}/refund"
    return int(account.client.session.post(url, json={}, headers={KEY_HEADER: key}, auth=auth).status_code)


def test_partial_refunds_are_limited_to_the_captured_amount() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    first = account.client.payment.refund(payment_id, {"amount": 10_000, "notes": {"reason": "goodwill"}})
    assert (first["entity"], first["amount"], first["payment_id"]) == ("refund", 10_000, payment_id)
    assert (first["status"], first["speed_requested"], first["notes"]) == ("pending", "normal", {"reason": "goodwill"})
    payment = account.client.payment.fetch(payment_id)
    assert (payment["status"], payment["amount_refunded"], payment["refund_status"]) == ("captured", 10_000, "partial")
    with pytest.raises(BadRequestError, match="greater than amount captured"):
        account.client.payment.refund(payment_id, {"amount": 39_901})
    second = account.client.payment.refund(payment_id, {})
    assert second["amount"] == 39_900
    payment = account.client.payment.fetch(payment_id)
    assert (payment["status"], payment["refund_status"], payment["captured"]) == ("refunded", "full", True)
    with pytest.raises(BadRequestError, match="fully refunded already"):
        account.client.payment.refund(payment_id, {})
    assert account.client.order.fetch(payment["order_id"])["status"] == "paid"
    listed = account.client.payment.fetch_multiple_refund(payment_id)["items"]
    assert [item["id"] for item in listed] == [second["id"], first["id"]]
    assert account.client.refund.all()["count"] == 2


def test_refund_is_processed_after_its_delay() -> None:
    account = new_razorpay(refund_seconds=30)
    refund_id = account.client.payment.refund(account.capture_payment(), {})["id"]
    account.fake.advance(29)
    assert account.client.refund.fetch(refund_id)["status"] == "pending"
    account.fake.advance(1)
    assert account.client.refund.fetch(refund_id)["status"] == "processed"
    assert account.event_types()[-2:] == ["refund.created", "refund.processed"]


def test_refund_without_delay_emits_created_before_processed() -> None:
    account = new_razorpay(refund_seconds=0)
    assert account.client.payment.refund(account.capture_payment(), {})["status"] == "processed"
    assert account.event_types()[-2:] == ["refund.created", "refund.processed"]


def test_failed_refund_restores_the_refundable_amount() -> None:
    account = new_razorpay(refund_seconds=0)
    account.control("PATCH", "settings", {"refunds": "fail"})
    payment_id = account.capture_payment()
    assert account.client.payment.refund(payment_id, {})["status"] == "failed"
    payment = account.client.payment.fetch(payment_id)
    assert (payment["status"], payment["amount_refunded"], payment["refund_status"]) == ("captured", 0, None)
    assert account.event_types()[-1] == "refund.failed"
    assert account.control("GET", "statement")["refunded"] == 0
    account.control("PATCH", "settings", {"refunds": "process"})
    assert account.client.payment.refund(payment_id, {})["status"] == "processed"


def test_refund_of_the_test_failure_amount_fails() -> None:
    account = new_razorpay(refund_seconds=0)
    assert account.client.payment.refund(account.capture_payment(), {"amount": 2_468})["status"] == "failed"


def test_refunds_on_hold_are_processed_after_release() -> None:
    account = new_razorpay(refund_seconds=0)
    account.control("PATCH", "settings", {"refunds": "hold"})
    refund_id = account.client.payment.refund(account.capture_payment(), {})["id"]
    assert account.client.refund.fetch(refund_id)["status"] == "pending"
    assert account.control("GET", "statement")["refund_pending"] == 49_900
    account.control("PATCH", "settings", {"refunds": "process"})
    assert account.client.refund.fetch(refund_id)["status"] == "processed"


def test_refund_with_same_key_and_body_is_created_once() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    first = account.client.payment.refund(payment_id, {"amount": 500}, headers={KEY_HEADER: "refund-0001"})
    again = account.client.payment.refund(payment_id, {"amount": 500}, headers={KEY_HEADER: "refund-0001"})
    assert again["id"] == first["id"]
    assert account.client.payment.fetch(payment_id)["amount_refunded"] == 500
    with pytest.raises(BadRequestError, match="Different request with the same idempotency key"):
        account.client.payment.refund(payment_id, {"amount": 600}, headers={KEY_HEADER: "refund-0001"})


def test_refund_key_replays_after_payment_is_fully_refunded() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    first = account.client.payment.refund(payment_id, {}, headers={KEY_HEADER: f"refund-{payment_id}"})
    account.fake.advance(60)
    again = account.client.payment.refund(payment_id, {}, headers={KEY_HEADER: f"refund-{payment_id}"})
    assert (again["id"], again["status"]) == (first["id"], "processed")


@pytest.mark.parametrize(
    ("key", "message"),
    [("refund-01", "at least 10 characters long"), ("refund 0001", "must only contain alphanumeric")],
)
def test_refund_with_malformed_key_is_rejected(key: str, message: str) -> None:
    account = new_razorpay()
    with pytest.raises(BadRequestError, match=message):
        account.client.payment.refund(account.capture_payment(), {}, headers={KEY_HEADER: key})


def test_refund_with_key_in_progress_returns_409() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    account.fake.ledger.refund_keys_in_progress.add("refund-0001")
    assert refund_status_code(account, payment_id, "refund-0001") == 409
    assert refund_status_code(account, payment_id, "refund-0002") == 200


def test_refund_of_uncaptured_too_small_or_too_old_payment_is_rejected() -> None:
    account = new_razorpay()
    authorized = account.pay(account.create_order()["id"], "authorized")["razorpay_payment_id"]
    with pytest.raises(BadRequestError, match="should be captured"):
        account.client.payment.refund(authorized, {})
    payment_id = account.capture_payment()
    with pytest.raises(BadRequestError, match=r"at least INR 1\.00"):
        account.client.payment.refund(payment_id, {"amount": 99})
    account.fake.advance(183 * 86_400)
    assert account.client.payment.fetch(payment_id)["created_at"] == START
    with pytest.raises(BadRequestError, match="older than 6 months"):
        account.client.payment.refund(payment_id, {})


def test_dashboard_refund_is_created_and_processed_by_control_api() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    refund = account.control("POST", f"payments/{payment_id}/refund", {"amount": 900})
    assert account.client.refund.fetch(refund["id"])["amount"] == 900
    assert account.control("POST", f"refunds/{refund['id']}/process")["status"] == "processed"
    account.control("POST", f"refunds/{refund['id']}/fail", status=400)
