"""The other end of the stand-in gateway: learners' money comes and goes as it is told."""

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
    """The control interface of a stand-in at `url`."""

    url: str
    http: httpx.Client

    def pay(self, order_id: str) -> dict[str, Any]:
        """Pays the order, captured; what Checkout gives the page."""
        return self._post(f"orders/{order_id}/pay", {"outcome": "captured"})

    def refund(self, payment_id: str) -> None:
        """Gives all of it back, as somebody at the gateway's dashboard does."""
        self._post(f"payments/{payment_id}/refund", {})

    def wait_for_webhooks(self, order_ids: Collection[str]) -> bool:
        """Until every webhook about these orders has arrived; False when that takes longer than a minute. The orders
        may have been paid by an earlier run, which ended before their webhooks arrived."""
        return wait_until(lambda: not self._has_pending_webhooks(order_ids), pause=_POLL_SECONDS)

    def _has_pending_webhooks(self, order_ids: Collection[str]) -> bool:
        events = self.http.get(f"{self.url}/_local/webhooks").raise_for_status().json()["items"]
        ours = [event for event in events if any(order_id in event["raw_body"] for order_id in order_ids)]
        kinds = Counter(event["type"] for event in ours)
        refunding = kinds["refund.created"] > kinds["refund.processed"] + kinds["refund.failed"]
        return refunding or any(event["state"] in _UNDELIVERED_STATES for event in ours)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.post(f"{self.url}/_local/{path}", json=body).raise_for_status().json()
        return answer


def find_payment_driver(url: str, http: httpx.Client) -> PaymentDriver | None:
    """The stand-in at this address, None if there is another gateway. Asked only on this machine: nothing of ours is to
    reach a real one."""
    if httpx.URL(url).host not in ("127.0.0.1", "localhost", "::1"):
        return None
    try:
        known = "webhooks" in http.get(f"{url}/_local/settings").json()
    except (httpx.HTTPError, json.JSONDecodeError):
        return None
    return PaymentDriver(url, http) if known else None
