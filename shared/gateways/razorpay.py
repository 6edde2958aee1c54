"""Razorpay: all calls to its API, through the official package. The only module that imports the package.

Each call waits at most 1 s for a connection and 4 s for a response. A POST is sent once; a caller that repeats a refund
passes the same idempotency key. A GET is tried three times, except by `fetch_order`. The result is the JSON object that
Razorpay sent; amounts are in minor units.

    GatewayUnavailable   no response, a response that is not a JSON object, 3xx, 5xx, or our key rejected: the
                         outcome is unknown, poll later
    GatewayBusy          429, a subclass of GatewayUnavailable: nothing was done; an immediate retry makes it worse
    GatewayRejected      any other 4xx: Razorpay rejected the request; `error` holds its whole error object

The package itself sets no timeout, discards the status and the fields of an error, and prints to standard output.
Therefore it is given our own session.
"""

import random
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, Final

import razorpay
import requests

from shared.config import settings
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.secrets import Secret, secret_values_for_key_id

Json = dict[str, Any]

TIMEOUT: Final = (1, 4)
"""Seconds to connect, and to read."""
_GET_TRIES: Final = 3
_PAGE_SIZE: Final = 100
"""The maximum at Razorpay; its default is 10."""
_OK: Final = range(200, 300)
_CLIENT_ERRORS: Final = range(400, 500)
_AUTHENTICATION_ERRORS: Final = (401, 403)
"""Razorpay rejected our key. The status is not about the requested order or payment."""
_TOO_MANY_REQUESTS: Final = 429
_RETRY_AFTER_SECONDS: Final = 10


class GatewayRejected(Exception):
    """A 4xx response. `error` may hold code, description, field, source, step, reason and metadata, as Razorpay sent
    them."""

    def __init__(self, status: int, error: Json) -> None:
        self.status = status
        self.error = error
        super().__init__(f"{status} {error.get('code', '')}: {error.get('description', '')}")


class _Session(requests.Session):
    """Checks each response before the package sees it, and sets the timeout of each call."""

    def send(self, request: requests.PreparedRequest, **keywords: Any) -> requests.Response:
        keywords["timeout"] = TIMEOUT
        keywords["allow_redirects"] = False
        try:
            response = super().send(request, **keywords)
            if response.status_code == _TOO_MANY_REQUESTS:
                raise GatewayBusy(retry_after=_RETRY_AFTER_SECONDS)
            body = response.json()
        except requests.RequestException as error:
            raise GatewayUnavailable from error
        if response.status_code in _OK and isinstance(body, dict):
            return response
        if response.status_code not in _CLIENT_ERRORS or not isinstance(body, dict):
            raise GatewayUnavailable
        details = body.get("error")
        rejection = GatewayRejected(response.status_code, details if isinstance(details, dict) else {})
        if response.status_code in _AUTHENTICATION_ERRORS:
            raise GatewayUnavailable from rejection
        raise rejection


@cache
def _client(base_url: str, key_id: str, key_secret: str) -> Any:
    session = _Session()
    session.trust_env = False
    return razorpay.Client(session=session, auth=(key_id, key_secret), base_url=base_url)


def _razorpay() -> Any:
    config = settings()
    key_id = config.razorpay_key_id
    return _client(config.razorpay_base_url, key_id, secret_values_for_key_id(Secret.RAZORPAY_KEY_SECRET, key_id)[0])


def create_order(amount: int, currency: str, receipt: str, notes: dict[str, str]) -> Json:
    """POST /v1/orders, once. Razorpay captures the payments of the order automatically (`payment_capture`).

    https://razorpay.com/docs/api/orders/create/ : `receipt` has at most 40 characters; at most 15 notes of at most 256
    characters."""
    order: Json = _razorpay().order.create(
        {"amount": amount, "currency": currency, "receipt": receipt, "notes": dict(notes), "payment_capture": 1}
    )
    return order


def fetch_order(order_id: str) -> Json:
    """GET /v1/orders/{id}, once: the webhook handler that calls this must respond within five seconds."""
    order: Json = _razorpay().order.fetch(order_id, {})
    return order


def fetch_payments_of(order_id: str) -> list[Json]:
    """GET /v1/orders/{id}/payments: every payment attempt of the order."""
    return list(_with_retries(lambda: _razorpay().order.payments(order_id, {})).get("items", []))


def fetch_payment(payment_id: str) -> Json:
    """GET /v1/payments/{id}."""
    return _with_retries(lambda: _razorpay().payment.fetch(payment_id, {}))


def fetch_refunds_of(payment_id: str) -> list[Json]:
    """GET /v1/payments/{id}/refunds: every refund of the payment."""
    return list(_pages(partial(_razorpay().payment.fetch_multiple_refund, payment_id), {}))


def list_orders(since: int, until: int) -> Iterator[Json]:
    """GET /v1/orders: orders created from `since` to `until` (unix seconds, both inclusive), newest first. Reads pages
    of 100 by offset, which is safe for a period that has ended.

    https://razorpay.com/docs/api/orders/fetch-all/"""
    return _pages(_razorpay().order.all, {"from": since, "to": until})


def list_payments(since: int, until: int) -> Iterator[Json]:
    """GET /v1/payments: every payment attempt; parameters as for `list_orders`.

    https://razorpay.com/docs/api/payments/fetch-all-payments/"""
    return _pages(_razorpay().payment.all, {"from": since, "to": until})


def list_refunds(since: int, until: int) -> Iterator[Json]:
    """GET /v1/refunds; parameters as for `list_orders`.

    https://razorpay.com/docs/api/refunds/fetch-all/"""
    return _pages(_razorpay().refund.all, {"from": since, "to": until})


def capture(payment_id: str, amount: int, currency: str) -> Json:
    """POST /v1/payments/{id}/capture. Safe to repeat: Razorpay rejects a second capture."""
    payment: Json = _razorpay().payment.capture(payment_id, amount, {"currency": currency})
    return payment


def refund(payment_id: str, amount: int, idempotency_key: str) -> Json:
    """POST /v1/payments/{id}/refund. A repetition with the same `idempotency_key` returns the same refund
    (X-Refund-Idempotency)."""
    refunded: Json = _razorpay().payment.refund(
        payment_id, {"amount": amount}, headers={"X-Refund-Idempotency": idempotency_key}
    )
    return refunded


def _pages(call: Callable[[Json], Json], window: Json) -> Iterator[Json]:
    offset = 0
    while True:
        query = {**window, "count": _PAGE_SIZE, "skip": offset}
        page = list(_with_retries(partial(call, query)).get("items", []))
        yield from page
        offset += len(page)
        if len(page) < _PAGE_SIZE:
            return


def _with_retries(call: Callable[[], Json]) -> Json:
    for attempt in range(_GET_TRIES - 1):
        try:
            return call()
        except GatewayUnavailable as error:
            pause = 0.5 if isinstance(error, GatewayBusy) else 0.1
            time.sleep(pause * 2**attempt * random.uniform(0.5, 1))  # noqa: S311 (jitter)
    return call()
