"""Each fault looks to the official client like the real thing."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from razorpay.errors import BadRequestError, GatewayError, ServerError

from tests.local.razorpay.in_process import InProcessRazorpay, new_razorpay


def inject_fault(made: InProcessRazorpay, kind: str, **fields: Any) -> None:
    made.control("POST", "faults", {"kind": kind, **fields})


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", BadRequestError),
        ("500", ServerError),
        ("503", GatewayError),
        ("502", requests.JSONDecodeError),
        ("bad_json", requests.JSONDecodeError),
        ("null_error", TypeError),
        ("drop", requests.ConnectionError),
    ],
)
def test_fault_raises_its_sdk_error_and_creates_no_order(kind: str, error: type[Exception]) -> None:
    made = new_razorpay()
    inject_fault(made, kind)
    with pytest.raises(error):
        made.create_order()
    assert made.client.order.all()["count"] == 0


def test_lost_answer_fault_raises_timeout_and_creates_the_order() -> None:
    made = new_razorpay()
    inject_fault(made, "lose_response", path="/v1/orders")
    with pytest.raises(requests.ReadTimeout):
        made.create_order(receipt="r1")
    assert made.client.order.all({"receipt": "r1"})["count"] == 1


def test_hang_fault_beyond_timeout_completes_the_refund_later() -> None:
    made = new_razorpay()
    payment_id = made.capture_payment()
    inject_fault(made, "hang", seconds=30)
    headers = {"X-Refund-Idempotency": "refund-0001"}
    with pytest.raises(requests.ReadTimeout):
        made.client.payment.refund(payment_id, {}, headers=dict(headers), timeout=(1, 4))
    with pytest.raises(BadRequestError, match="still in progress"):
        made.client.payment.refund(payment_id, {}, headers=dict(headers))
    made.gateway.advance(30)
    assert made.adapter.process_delayed_requests() == 1
    assert made.client.payment.refund(payment_id, {}, headers=dict(headers))["amount"] == 49_900
    assert made.client.refund.all()["count"] == 1


def test_hang_fault_within_timeout_returns_normally() -> None:
    made = new_razorpay()
    inject_fault(made, "hang", seconds=3)
    order = made.client.order.create({"amount": 100, "currency": "INR"}, timeout=(1, 4))
    assert order["amount"] == 100


def test_faults_match_path_method_count_and_offset() -> None:
    made = new_razorpay()
    inject_fault(made, "500", path="/v1/orders/.*/payments", method="GET", times=2, after=1)
    order_id = made.create_order()["id"]

    def payments() -> Any:
        return made.client.order.payments(order_id)["count"]

    def fails(call: Callable[[], Any]) -> bool:
        try:
            call()
        except ServerError:
            return True
        return False

    assert [fails(payments) for _ in range(4)] == [False, True, True, False]


def test_faults_can_be_replaced_cleared_and_are_validated() -> None:
    made = new_razorpay()
    inject_fault(made, "500", times=100)
    replaced = made.control("PATCH", "settings", {"faults": [{"kind": "429"}]})
    assert [fault["kind"] for fault in replaced["faults"]] == ["429"]
    made.control("DELETE", "faults")
    assert made.create_order()["status"] == "created"
    made.control("POST", "faults", {"kind": "meteor"}, status=400)
    made.control("POST", "faults", {"kind": "500", "colour": "red"}, status=400)
