"""Pay and refund the orders of the demo data through the control API of the fake Razorpay."""

import json
from dataclasses import dataclass
from typing import Any, Final

import httpx

from local.waiting import wait_until

_POLL_SECONDS: Final = 0.02


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

    def open_dispute(self, payment_id: str) -> None:
        """The learner's bank disputes the whole payment."""
        self._post(f"payments/{payment_id}/dispute", {"status": "created"})

    def lose_dispute(self, payment_id: str) -> None:
        """The learner's bank keeps the disputed amount."""
        self._post(f"payments/{payment_id}/dispute", {"status": "lost"})

    def earned(self) -> int:
        """Captured payments less refunds and lost disputes, before fees, in paise."""
        books = self.http.get(f"{self.url}/_local/books").raise_for_status().json()
        return int(books["payments"] + books["refunds"] + books["disputes"])

    def notice_the_time(self) -> None:
        """The fake does what has become due on its clock."""
        self._post("clock", {"advance_seconds": 0})

    def wait_until_finished(self) -> bool:
        """Wait until every refund is processed and every webhook is delivered; False after a minute. An earlier run may
        have left some of them."""
        return wait_until(self._is_finished, pause=_POLL_SECONDS)

    def _is_finished(self) -> bool:
        unfinished = self.http.get(f"{self.url}/_local/unfinished").raise_for_status().json()
        return not any(unfinished.values())

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
