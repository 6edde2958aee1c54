"""Razorpay on a sale day, as an adapter of `requests`: it lists orders with their payments and answers polls, each call
after its latency."""

import io
import json
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter
from typing_extensions import override

from local.razorpay.state.entities import Order, Payment, Wire
from tests.load.sale_day.virtual_time import VirtualTime

CPU_SECONDS = 0.004
"""Of one call in the function: `requests` and JSON."""
_CPU_SECONDS_PER_ORDER = 0.0001
_ORDER_PAYMENTS = re.compile("/v1/orders/(order_[^/]+)/payments")
_REFUNDS = re.compile("/v1/payments/(pay_[^/]+)/refunds")


class SaleRazorpay(BaseAdapter):
    """`latency` in seconds. `calls` counts the calls by kind: list, poll, refunds."""

    def __init__(self, time: VirtualTime, latency: float) -> None:
        super().__init__()
        self._time = time
        self._latency = latency
        self._orders: list[Order] = []
        self._created: list[int] = []
        self._payments: dict[str, Payment] = {}
        self.calls: Counter[str] = Counter()

    def create_order(self, order_id: str, amount: int) -> None:
        self._orders.append(Order(order_id, amount, "INR", None, {}, int(self._time.seconds)))
        self._created.append(int(self._time.seconds))

    def capture(self, order_id: str, amount: int) -> str:
        """The order is paid now. Returns the payment id."""
        payment_id = f"pay_{order_id.removeprefix('order_')}"
        paid = Payment(payment_id, order_id, amount, "INR", int(self._time.seconds), status="captured", captured=True)
        self._payments[order_id] = paid
        return payment_id

    @override
    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        self._time.use_cpu(CPU_SECONDS)
        self._time.sleep(self._latency)
        items = self._items(request.url or "")
        self._time.use_cpu(_CPU_SECONDS_PER_ORDER * len(items))
        response = requests.Response()
        response.status_code, response.url, response.request = 200, request.url or "", request
        response.raw = io.BytesIO(json.dumps({"entity": "collection", "count": len(items), "items": items}).encode())
        return response

    @override
    def close(self) -> None:
        pass

    def _items(self, url: str) -> list[Wire]:
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        if path == "/v1/orders":
            self.calls["list"] += 1
            return self._page(*(int(query[name][0]) for name in ("from", "to", "count", "skip")))
        if match := _ORDER_PAYMENTS.fullmatch(path):
            self.calls["poll"] += 1
            return self._payments_of(match[1])
        assert _REFUNDS.fullmatch(path), path
        self.calls["refunds"] += 1
        return []

    def _page(self, since: int, until: int, size: int, skip: int) -> list[Wire]:
        first, end = bisect_left(self._created, since), bisect_right(self._created, until)
        newest_first = self._orders[max(first, end - skip - size) : max(first, end - skip)][::-1]
        return [{**order.entity(), "payments": self._collection(order.id)} for order in newest_first]

    def _collection(self, order_id: str) -> Wire:
        items = self._payments_of(order_id)
        return {"entity": "collection", "count": len(items), "items": items}

    def _payments_of(self, order_id: str) -> list[Wire]:
        payment = self._payments.get(order_id)
        return [payment.entity()] if payment else []
