"""The users of the scenarios, and the client of the fake Razorpay's control API."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from cli._demo.client import ApiUser, Response
from cli._demo.output import StepOutput
from cli._demo.target import DemoTarget

PASSWORD: Final = "temporary demo password"  # noqa: S105 (of users of a local instance)

STATE: Final = "29"
"""Karnataka: an order needs the State of the buyer where the seller has a GSTIN."""


@dataclass(frozen=True)
class DemoUsers:
    """Registers users on the target. `run_id` makes their e-mail addresses unique to this run."""

    target: DemoTarget
    http: httpx.Client
    output: StepOutput
    run_id: str

    def anyone(self) -> ApiUser:
        return ApiUser(self.http, self.output, "anyone")

    def register(self, name: str, role: str) -> ApiUser:
        """Raises StepFailed."""
        email = f"{name.lower()}.{self.run_id}@lectern.example"
        body = {"name": name, "email": email, "password": PASSWORD, "role": role, "state": STATE}
        response = self.anyone().post("/api/auth/register", body)
        response.expect(201, {"user.role": role, "user.name": name, "user.email": email})
        return self._signed_in(name, response)

    def admin(self) -> ApiUser:
        email, password = self.target.ensure_admin()
        response = self.anyone().post("/api/auth/login", {"email": email, "password": password})
        return self._signed_in("admin", response.expect(200, {"user.role": "admin"}))

    def razorpay(self) -> "FakeRazorpayClient":
        return FakeRazorpayClient(ApiUser(self.http, self.output, "fake razorpay"), self.target)

    def _signed_in(self, name: str, response: Response) -> ApiUser:
        return ApiUser(self.http, self.output, name, response.value_at("access_token"), response.value_at("user.id"))


@dataclass(frozen=True)
class FakeRazorpayClient:
    """Pays orders at the fake Razorpay and delivers its webhooks."""

    user: ApiUser
    target: DemoTarget

    def pay(self, order_id: str, *, webhooks: bool) -> dict[str, Any]:
        """Pay an order with an immediate capture; returns Checkout's result for the page. `webhooks`: whether the fake
        sends webhooks. Raises StepFailed."""
        body = {"outcome": "captured", "webhooks": webhooks}
        response = self.user.post(f"{self.target.razorpay_url}/_local/orders/{order_id}/pay", body)
        checkout: dict[str, Any] = response.expect(200, {"razorpay_order_id": order_id}).body
        return checkout

    def webhook_events_of(self, order_id: str) -> list[dict[str, Any]]:
        """All webhook events about the order, sent or not, oldest first."""
        response = self.user.http.get(f"{self.target.razorpay_url}/_local/webhooks")
        events: list[dict[str, Any]] = response.json()["items"]
        return [event for event in events if order_id in event["raw_body"]]

    def deliver_webhook(self, event: Mapping[str, Any]) -> Response:
        """Deliver the event as Razorpay does, with its original body, signature and id."""
        return self.user.call(
            "POST",
            self.target.webhook_url(),
            content=event["raw_body"].encode(),
            headers={
                "Content-Type": "application/json",
                "X-Razorpay-Signature": event["signature"],
                "X-Razorpay-Event-Id": event["event_id"],
            },
        )


def new_run_id() -> str:
    return secrets.token_hex(4)
