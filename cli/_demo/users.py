"""Who plays: people who register, and the bank at the other end of the stand-in gateway."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from cli._demo.client import ApiUser, Response
from cli._demo.output import StepOutput
from cli._demo.target import DemoTarget

PASSWORD: Final = "journey and back again"  # noqa: S105 (of people who exist for the length of a journey)


@dataclass(frozen=True)
class DemoUsers:
    """Makes people on a stage. `run` tells their addresses apart from those of other journeys on it."""

    target: DemoTarget
    http: httpx.Client
    output: StepOutput
    run_id: str

    def anyone(self) -> ApiUser:
        return ApiUser(self.http, self.output, "anyone")

    def register(self, name: str, role: str) -> ApiUser:
        """Raises Broken."""
        email = f"{name.lower()}.{self.run_id}@lectern.example"
        given = {"name": name, "email": email, "password": PASSWORD, "role": role}
        answer = self.anyone().post("/api/auth/register", given)
        answer.expect(201, {"user.role": role, "user.name": name, "user.email": email})
        return self._signed_in(name, answer)

    def admin(self) -> ApiUser:
        email, password = self.target.ensure_admin()
        answer = self.anyone().post("/api/auth/login", {"email": email, "password": password})
        return self._signed_in("admin", answer.expect(200, {"user.role": "admin"}))

    def razorpay(self) -> "FakeRazorpayClient":
        return FakeRazorpayClient(ApiUser(self.http, self.output, "bank"), self.target)

    def _signed_in(self, name: str, answer: Response) -> ApiUser:
        return ApiUser(self.http, self.output, name, answer.value_at("access_token"), answer.value_at("user.id"))


@dataclass(frozen=True)
class FakeRazorpayClient:
    """What happens at the gateway: somebody pays an order, and events are told."""

    user: ApiUser
    target: DemoTarget

    def pay(self, order_id: str, *, webhooks: bool) -> dict[str, Any]:
        """The order is paid and captured; what Checkout gives the page. `webhooks`: whether webhooks are sent.

        Raises Broken."""
        body = {"outcome": "captured", "webhooks": webhooks}
        answer = self.user.post(f"{self.target.razorpay_url}/_local/orders/{order_id}/pay", body)
        checkout: dict[str, Any] = answer.expect(200, {"razorpay_order_id": order_id}).body
        return checkout

    def webhook_events_of(self, order_id: str) -> list[dict[str, Any]]:
        """Every webhook there is about the order, sent or not, oldest first."""
        answer = self.user.http.get(f"{self.target.razorpay_url}/_local/webhooks")
        events: list[dict[str, Any]] = answer.json()["items"]
        return [event for event in events if order_id in event["raw_body"]]

    def deliver_webhook(self, event: Mapping[str, Any]) -> Response:
        """Sends the event as the gateway does: its own bytes, signature and id."""
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
