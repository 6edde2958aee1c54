"""Each fault raises the same exception in the official client as the real failure."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from razorpay.errors import BadRequestError, GatewayError, ServerError

from tests.local.razorpay.in_process import InProcessRazorpay, new_razorpay


def inject_fault(account: InProcessRazorpay, kind: str, **fields: Any) -> None:
    account.control("POST", "faults", {"kind": kind, **fields})


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
    account = new_razorpay()
    inject_fault(account, kind)
    with pytest.raises(error):
        account.create_order()
    assert account.client.order.all()["count"] == 0


def test_lost_response_fault_raises_timeout_and_creates_the_order() -> None:
    account = new_razorpay()
    inject_fault(account, "lose_response", path="/v1/orders")
    with pytest.raises(requests.ReadTimeout):
        account.create_order(receipt="r1")
    assert account.client.order.all({"receipt": "r1"})["count"] == 1


def test_hang_fault_beyond_timeout_completes_the_refund_later() -> None:
    account = new_razorpay()
    payment_id = account.capture_payment()
    inject_fault(account, "hang", seconds=30)
    headers = {"X-Refund-Idempotency": "refund-0001"}
    with pytest.raises(requests.ReadTimeout):
        account.client.payment.refund(payment_id, {}, headers=dict(headers), timeout=(1, 4))
    with pytest.raises(BadRequestError, match="still in progress"):
        account.client.payment.refund(payment_id, {}, headers=dict(headers))
    account.fake.advance(30)
    assert account.adapter.process_delayed_requests() == 1
    assert account.client.payment.refund(payment_id, {}, headers=dict(headers))["amount"] == 49_900
    assert account.client.refund.all()["count"] == 1


def test_hang_fault_within_timeout_returns_normally() -> None:
    account = new_razorpay()
    inject_fault(account, "hang", seconds=3)
    order = account.client.order.create({"amount": 100, "currency": "INR"}, timeout=(1, 4))
    assert order["amount"] == 100


def test_faults_match_path_method_count_and_offset() -> None:
    account = new_razorpay()
    inject_fault(account, "500", path="/v1/orders/.*/payments", method="GET", times=2, after=1)
    order_id = account.create_order()["id"]

    def payments() -> Any:
        return account.client.order.payments(order_id)["count"]

    def fails(call: Callable[[], Any]) -> bool:
        try:
            call()
        except ServerError:
            return True
        return False

    assert [fails(payments) for _ in range(4)] == [False, True, True, False]


def test_faults_can_be_replaced_cleared_and_are_validated() -> None:
    account = new_razorpay()
    inject_fault(account, "500", times=100)
    replaced = account.control("PATCH", "settings", {"faults": [{"kind": "429"}]})
    assert [fault["kind"] for fault in replaced["faults"]] == ["429"]
    account.control("DELETE", "faults")
    assert account.create_order()["status"] == "created"
    account.control("POST", "faults", {"kind": "meteor"}, status=400)
    account.control("POST", "faults", {"kind": "500", "colour": "red"}, status=400)
