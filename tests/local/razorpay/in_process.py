"""The fake Razorpay without sockets, called through the official client."""

import json
from dataclasses import dataclass
from typing import Any

import razorpay
import requests

from local.asgi.messages import Request
from local.razorpay import Clock, FakeRazorpay, FakeRazorpaySettings
from local.razorpay.api.adapter import InProcessAdapter
from local.razorpay.api.control import handle_control_request

START = 1_700_000_000
KEY_ID = "rzp_test_AbCdEfGhIjKlMn"
KEY_SECRET = "key secret"
WEBHOOK_SECRET = "webhook secret"


def settings(**changes: Any) -> FakeRazorpaySettings:
    return FakeRazorpaySettings(
        **{"key_id": KEY_ID, "key_secret": KEY_SECRET, "webhook_secret": WEBHOOK_SECRET, **changes}
    )


@dataclass
class InProcessRazorpay:
    """An account at the fake: the merchant's `client`, and the control API."""

    fake: FakeRazorpay
    adapter: InProcessAdapter
    client: Any

    def create_order(self, amount: int = 49_900, **fields: Any) -> dict[str, Any]:
        created: dict[str, Any] = self.client.order.create({"amount": amount, "currency": "INR", **fields})
        return created

    def control(self, method: str, path: str, body: dict[str, Any] | None = None, status: int = 200) -> dict[str, Any]:
        request = Request(method=method, path=f"/_local/{path}", body=json.dumps(body or {}).encode())
        response = handle_control_request(self.fake, request)
        document: dict[str, Any] = json.loads(response.body)
        assert response.status == status, document
        return document

    def pay(self, order_id: str, outcome: str = "captured", **fields: Any) -> dict[str, Any]:
        return self.control("POST", f"orders/{order_id}/pay", {"outcome": outcome, **fields})

    def capture_payment(self, amount: int = 49_900) -> str:
        payment_id: str = self.pay(self.create_order(amount)["id"])["razorpay_payment_id"]
        return payment_id

    def clock_now(self) -> float:
        return self.fake.clock.now()

    def events(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.control("GET", "webhooks")["items"]
        return items

    def event_types(self) -> list[str]:
        return [event["type"] for event in self.events()]


def new_razorpay(**changes: Any) -> InProcessRazorpay:
    """A fake whose clock is START until it is advanced."""
    fake = FakeRazorpay(settings(**changes), Clock(lambda: START))
    adapter = InProcessAdapter(fake)
    session = requests.Session()
    session.mount("https://api.razorpay.com", adapter)
    return InProcessRazorpay(fake, adapter, razorpay.Client(session=session, auth=(KEY_ID, KEY_SECRET)))
