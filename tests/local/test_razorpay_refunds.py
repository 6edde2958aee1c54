"""Refunds by the merchant, with and without an idempotency key."""

import pytest
from razorpay.errors import BadRequestError

from tests.local.razorpay_kit import START, Kit, kit

KEY = "X-Refund-Idempotency"


def conflict(made: Kit, payment_id: str, key: str) -> int:
    auth = ("rzp_test_AbCdEfGhIjKlMn", "key secret")
    url = f"https://api.razorpay.com/v1/payments/{payment_id}/refund"
    return int(made.client.session.post(url, json={}, headers={KEY: key}, auth=auth).status_code)


def test_partial_refunds_add_up_to_the_capture_and_no_further() -> None:
    made = kit()
    payment_id = made.captured()
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


def test_a_refund_is_processed_after_its_time() -> None:
    made = kit(refund_seconds=30)
    refund_id = made.client.payment.refund(made.captured(), {})["id"]
    made.gateway.advance(29)
    assert made.client.refund.fetch(refund_id)["status"] == "pending"
    made.gateway.advance(1)
    assert made.client.refund.fetch(refund_id)["status"] == "processed"
    assert made.event_types()[-2:] == ["refund.created", "refund.processed"]


def test_without_waiting_the_created_event_comes_first_all_the_same() -> None:
    made = kit(refund_seconds=0)
    assert made.client.payment.refund(made.captured(), {})["status"] == "processed"
    assert made.event_types()[-2:] == ["refund.created", "refund.processed"]


def test_a_failed_refund_gives_the_amount_back_to_the_payment() -> None:
    made = kit(refund_seconds=0)
    made.control("PATCH", "settings", {"refunds": "fail"})
    payment_id = made.captured()
    assert made.client.payment.refund(payment_id, {})["status"] == "failed"
    payment = made.client.payment.fetch(payment_id)
    assert (payment["status"], payment["amount_refunded"], payment["refund_status"]) == ("captured", 0, None)
    assert made.event_types()[-1] == "refund.failed"
    assert made.control("GET", "books")["refunded"] == 0
    made.control("PATCH", "settings", {"refunds": "process"})
    assert made.client.payment.refund(payment_id, {})["status"] == "processed"


def test_the_test_kits_failing_amount_fails() -> None:
    made = kit(refund_seconds=0)
    assert made.client.payment.refund(made.captured(), {"amount": 2_468})["status"] == "failed"


def test_refunds_can_be_held_and_let_go() -> None:
    made = kit(refund_seconds=0)
    made.control("PATCH", "settings", {"refunds": "hold"})
    refund_id = made.client.payment.refund(made.captured(), {})["id"]
    assert made.client.refund.fetch(refund_id)["status"] == "pending"
    assert made.control("GET", "books")["refund_pending"] == 49_900
    made.control("PATCH", "settings", {"refunds": "process"})
    assert made.client.refund.fetch(refund_id)["status"] == "processed"


def test_one_refund_for_one_key_and_body() -> None:
    made = kit()
    payment_id = made.captured()
    first = made.client.payment.refund(payment_id, {"amount": 500}, headers={KEY: "refund-0001"})
    again = made.client.payment.refund(payment_id, {"amount": 500}, headers={KEY: "refund-0001"})
    assert again["id"] == first["id"]
    assert made.client.payment.fetch(payment_id)["amount_refunded"] == 500
    with pytest.raises(BadRequestError, match="Different request with the same idempotency key"):
        made.client.payment.refund(payment_id, {"amount": 600}, headers={KEY: "refund-0001"})


def test_a_key_answers_after_the_payment_is_fully_refunded() -> None:
    made = kit()
    payment_id = made.captured()
    first = made.client.payment.refund(payment_id, {}, headers={KEY: f"refund-{payment_id}"})
    made.gateway.advance(60)
    again = made.client.payment.refund(payment_id, {}, headers={KEY: f"refund-{payment_id}"})
    assert (again["id"], again["status"]) == (first["id"], "processed")


@pytest.mark.parametrize(
    ("key", "message"),
    [("refund-01", "at least 10 characters long"), ("refund 0001", "must only contain alphanumeric")],
)
def test_a_malformed_key_is_refused(key: str, message: str) -> None:
    made = kit()
    with pytest.raises(BadRequestError, match=message):
        made.client.payment.refund(made.captured(), {}, headers={KEY: key})


def test_a_key_in_progress_is_409() -> None:
    made = kit()
    payment_id = made.captured()
    made.gateway.ledger.refund_keys_in_progress.add("refund-0001")
    assert conflict(made, payment_id, "refund-0001") == 409
    assert conflict(made, payment_id, "refund-0002") == 200


def test_what_cannot_be_refunded() -> None:
    made = kit()
    authorized = made.pay(made.order()["id"], "authorized")["razorpay_payment_id"]
    with pytest.raises(BadRequestError, match="should be captured"):
        made.client.payment.refund(authorized, {})
    payment_id = made.captured()
    with pytest.raises(BadRequestError, match=r"at least INR 1\.00"):
        made.client.payment.refund(payment_id, {"amount": 99})
    made.gateway.advance(183 * 86_400)
    assert made.client.payment.fetch(payment_id)["created_at"] == START
    with pytest.raises(BadRequestError, match="older than 6 months"):
        made.client.payment.refund(payment_id, {})


def test_a_refund_from_the_gateways_own_dashboard() -> None:
    made = kit()
    payment_id = made.captured()
    refund = made.control("POST", f"payments/{payment_id}/refund", {"amount": 900})
    assert made.client.refund.fetch(refund["id"])["amount"] == 900
    assert made.control("POST", f"refunds/{refund['id']}/process")["status"] == "processed"
    made.control("POST", f"refunds/{refund['id']}/fail", status=400)
