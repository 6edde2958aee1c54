"""Razorpay: every call we make to it, through the official package. The only module that knows the package.

Each call waits at most 1 s for a connection and 4 s for an answer. A POST is sent once: whoever needs it again says so
with a key. A GET is tried three times. What comes back is the JSON object Razorpay sent; amounts in minor units.

    GatewayUnavailable   no answer, one that is not JSON, 5xx, our key refused: the outcome is unknown, ask again later
    GatewayBusy          429, a GatewayUnavailable too: nothing was done, and asking on at once makes it worse
    GatewayRefused       4xx: Razorpay understood and will not do it; `error` holds its whole error object

The package alone has no time-out, loses the status and the error's fields, and prints; so its session is ours.
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
_GET_TRIES: Final = 3
_PAGE_SIZE: Final = 100
"""The most Razorpay lists at once; ten, when it is not asked for more."""
_OK: Final = range(200, 300)
_CLIENT_ERRORS: Final = range(400, 500)
_AUTHENTICATION_ERRORS: Final = (401, 403)
"""They say that our key is wrong, and nothing about the order or payment that was asked for."""
_TOO_MANY_REQUESTS: Final = 429
_RETRY_AFTER_SECONDS: Final = 10


class GatewayRejected(Exception):
    """A 4xx answer. `error`: code, description, field, source, step, reason, metadata, as far as Razorpay gave them."""

    def __init__(self, status: int, error: Json) -> None:
        self.status = status
        self.error = error
        super().__init__(f"{status} {error.get('code', '')}: {error.get('description', '')}")


class _Session(requests.Session):
    """Looks at every answer before the package does, and gives every call its time limit."""

    def send(self, request: requests.PreparedRequest, **keywords: Any) -> requests.Response:
        keywords["timeout"] = TIMEOUT
        keywords["allow_redirects"] = False
        try:
            response = super().send(request, **keywords)
            if response.status_code == _TOO_MANY_REQUESTS:
                raise GatewayBusy(retry_after=_RETRY_AFTER_SECONDS)
            body = response.json()
        except requests.RequestException as fault:
            raise GatewayUnavailable from fault
        if response.status_code in _OK and isinstance(body, dict):
            return response
        if response.status_code not in _CLIENT_ERRORS or not isinstance(body, dict):
            raise GatewayUnavailable
        error = body.get("error")
        refused = GatewayRejected(response.status_code, error if isinstance(error, dict) else {})
        if response.status_code in _AUTHENTICATION_ERRORS:
            raise GatewayUnavailable from refused
        raise refused


@cache
def _client(base_url: str, key_id: str, key_secret: str) -> Any:
    session = _Session()
    session.trust_env = False
    return razorpay.Client(session=session, auth=(key_id, key_secret), base_url=base_url)


def _razorpay() -> Any:
    chosen = settings()
    key_id = chosen.razorpay_key_id
    return _client(chosen.razorpay_base_url, key_id, secret_values_for_key_id(Secret.RAZORPAY_KEY_SECRET, key_id)[0])


def create_order(amount: int, currency: str, receipt: str, notes: dict[str, str]) -> Json:
    """POST /v1/orders, once. The order's payments are captured by Razorpay itself (`payment_capture`).

    https://razorpay.com/docs/api/orders/create/ : receipt at most 40 characters, at most 15 notes of 256."""
    order: Json = _razorpay().order.create(
        {"amount": amount, "currency": currency, "receipt": receipt, "notes": dict(notes), "payment_capture": 1}
    )
    return order


def fetch_order(order_id: str) -> Json:
    """GET /v1/orders/{id}, once: the webhook that asks must itself answer within five seconds."""
    order: Json = _razorpay().order.fetch(order_id, {})
    return order


def fetch_payments_of(order_id: str) -> list[Json]:
    """GET /v1/orders/{id}/payments: every attempt on the order."""
    return list(_with_retries(lambda: _razorpay().order.payments(order_id, {})).get("items", []))


def fetch_payment(payment_id: str) -> Json:
    """GET /v1/payments/{id}."""
    return _with_retries(lambda: _razorpay().payment.fetch(payment_id, {}))


def fetch_refunds_of(payment_id: str) -> list[Json]:
    """GET /v1/payments/{id}/refunds: every refund of the payment."""
    return list(_pages(partial(_razorpay().payment.fetch_multiple_refund, payment_id), {}))


def list_orders(since: int, until: int) -> Iterator[Json]:
    """GET /v1/orders: those made from `since` to `until`, newest first (unix seconds, both inclusive). Lists are read
    a hundred at a time: a window that has ended does not move while it is read.

    https://razorpay.com/docs/api/orders/fetch-all/"""
    return _pages(_razorpay().order.all, {"from": since, "to": until})


def list_payments(since: int, until: int) -> Iterator[Json]:
    """GET /v1/payments: every attempt, as `list_orders`.

    https://razorpay.com/docs/api/payments/fetch-all-payments/"""
    return _pages(_razorpay().payment.all, {"from": since, "to": until})


def list_refunds(since: int, until: int) -> Iterator[Json]:
    """GET /v1/refunds, as `list_orders`.

    https://razorpay.com/docs/api/refunds/fetch-all/"""
    return _pages(_razorpay().refund.all, {"from": since, "to": until})


def capture(payment_id: str, amount: int, currency: str) -> Json:
    """POST /v1/payments/{id}/capture: harmless to repeat, Razorpay refuses the second."""
    payment: Json = _razorpay().payment.capture(payment_id, amount, {"currency": currency})
    return payment


def refund(payment_id: str, amount: int, idempotency_key: str) -> Json:
    """POST /v1/payments/{id}/refund. `key` makes a repetition give the same refund (X-Refund-Idempotency)."""
    refunded: Json = _razorpay().payment.refund(
        payment_id, {"amount": amount}, headers={"X-Refund-Idempotency": idempotency_key}
    )
    return refunded


def _pages(call: Callable[[Json], Json], window: Json) -> Iterator[Json]:
    read = 0
    while True:
        asked = {**window, "count": _PAGE_SIZE, "skip": read}
        page = list(_with_retries(partial(call, asked)).get("items", []))
        yield from page
        read += len(page)
        if len(page) < _PAGE_SIZE:
            return


def _with_retries(call: Callable[[], Json]) -> Json:
    for attempt in range(_GET_TRIES - 1):
        try:
            return call()
        except GatewayUnavailable as why:
            pause = 0.5 if isinstance(why, GatewayBusy) else 0.1
            time.sleep(pause * 2**attempt * random.uniform(0.5, 1))  # noqa: S311 (jitter)
    return call()
