"""Who plays: people who register, and the bank at the other end of the stand-in gateway."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from cli._journey.client import Answer, Person
from cli._journey.stage import Stage
from cli._journey.telling import Teller

PASSWORD: Final = "journey and back again"  # noqa: S105 (of people who exist for the length of a journey)


@dataclass(frozen=True)
class Cast:
    """Makes people on a stage. `run` tells their addresses apart from those of other journeys on it."""

    stage: Stage
    http: httpx.Client
    teller: Teller
    run: str

    def anyone(self) -> Person:
        return Person(self.http, self.teller, "anyone")

    def register(self, name: str, role: str) -> Person:
        """Raises Broken."""
        email = f"{name.lower()}.{self.run}@lectern.example"
        given = {"name": name, "email": email, "password": PASSWORD, "role": role}
        answer = self.anyone().post("/api/auth/register", given)
        answer.gives(201, {"user.role": role, "user.name": name, "user.email": email})
        return self._signed_in(name, answer)

    def admin(self) -> Person:
        email, password = self.stage.ensure_admin()
        answer = self.anyone().post("/api/auth/login", {"email": email, "password": password})
        return self._signed_in("admin", answer.gives(200, {"user.role": "admin"}))

    def bank(self) -> "Bank":
        return Bank(Person(self.http, self.teller, "bank"), self.stage)

    def _signed_in(self, name: str, answer: Answer) -> Person:
        return Person(self.http, self.teller, name, answer.at("access_token"), answer.at("user.id"))


@dataclass(frozen=True)
class Bank:
    """What happens at the gateway: somebody pays an order, and events are told."""

    person: Person
    stage: Stage

    def pays(self, order_id: str, *, tells: bool) -> dict[str, Any]:
        """The order is paid and captured; what Checkout gives the page. `tells`: whether webhooks are sent.

        Raises Broken."""
        body = {"outcome": "captured", "webhooks": tells}
        answer = self.person.post(f"{self.stage.gateway}/_local/orders/{order_id}/pay", body)
        checkout: dict[str, Any] = answer.gives(200, {"razorpay_order_id": order_id}).body
        return checkout

    def events_of(self, order_id: str) -> list[dict[str, Any]]:
        """Every webhook there is about the order, sent or not, oldest first."""
        answer = self.person.http.get(f"{self.stage.gateway}/_local/webhooks")
        events: list[dict[str, Any]] = answer.json()["items"]
        return [event for event in events if order_id in event["raw_body"]]

    def delivers(self, event: Mapping[str, Any]) -> Answer:
        """Sends the event as the gateway does: its own bytes, signature and id."""
        return self.person.call(
            "POST",
            self.stage.webhook_url(),
            content=event["raw_body"].encode(),
            headers={
                "Content-Type": "application/json",
                "X-Razorpay-Signature": event["signature"],
                "X-Razorpay-Event-Id": event["event_id"],
            },
        )


def new_run() -> str:
    return secrets.token_hex(4)
