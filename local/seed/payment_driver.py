"""Pay and refund the orders of the demo data through the control API of the fake Razorpay."""

import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import httpx

from local.waiting import wait_until

_POLL_SECONDS: Final = 0.1
_UNDELIVERED_STATES: Final = ("due", "in_flight")


@dataclass(frozen=True)
class PaymentDriver:
    """The control API of a fake at `url`."""

    url: str
    http: httpx.Client

    def pay(self, order_id: str) -> dict[str, Any]:
        """Pay the order with an immediate capture; returns Checkout's result for the page."""
        return self._post(f"orders/{order_id}/pay", {"outcome": "captured"})

    def refund(self, payment_id: str) -> None:
        """Refund the payment in full, as in Razorpay's dashboard."""
        self._post(f"payments/{payment_id}/refund", {})

    def wait_for_webhooks(self, order_ids: Collection[str]) -> bool:
        """Wait until every webhook about these orders is delivered; False after a minute. The orders may have been paid
        by an earlier run that ended before the delivery of its webhooks."""
        return wait_until(lambda: not self._has_pending_webhooks(order_ids), pause=_POLL_SECONDS)

    def _has_pending_webhooks(self, order_ids: Collection[str]) -> bool:
        events = self.http.get(f"{self.url}/_local/webhooks").raise_for_status().json()["items"]
        own_events = [event for event in events if any(order_id in event["raw_body"] for order_id in order_ids)]
        counts = Counter(event["type"] for event in own_events)
        has_pending_refund = counts["refund.created"] > counts["refund.processed"] + counts["refund.failed"]
        return has_pending_refund or any(event["state"] in _UNDELIVERED_STATES for event in own_events)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        document: dict[str, Any] = self.http.post(f"{self.url}/_local/{path}", json=body).raise_for_status().json()
        return document


def find_payment_driver(url: str, http: httpx.Client) -> PaymentDriver | None:
    """The driver of the fake Razorpay at this address; None for another payment service. Only addresses of this machine
    are called: no request of ours may reach a real service."""
    if httpx.URL(url).host not in ("127.0.0.1", "localhost", "::1"):
        return None
    try:
        is_fake = "webhooks" in http.get(f"{url}/_local/settings").json()
    except (httpx.HTTPError, json.JSONDecodeError):
        return None
    return PaymentDriver(url, http) if is_fake else None
