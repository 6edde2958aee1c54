"""Razorpay: all calls to its API, through the official package. The only module that imports the package.

Each call waits at most 1 s for a connection and 4 s for a response. A POST is sent once; a caller that repeats a refund
passes the same idempotency key. A GET is tried three times, except by `fetch_order` and after a 429. The result is the
JSON object that Razorpay sent; amounts are in minor units. `read_pages` reads lists in pages of 100; a young item may
be missing there.

    GatewayUnavailable   no response, a response that is not a JSON object, a list without items, 3xx, 5xx, or our
                         key rejected: the outcome is unknown, poll later
    GatewayBusy          429, a subclass of GatewayUnavailable: nothing was done; never retried here, because an
                         immediate retry makes it worse
    GatewayRejected      any other 4xx: Razorpay rejected the request; `error` holds its whole error object
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import date
from enum import StrEnum, auto
from functools import cache, partial
from typing import Any, Final

import razorpay

from shared.config import settings
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways.pages import Json as Json
from shared.gateways.pages import read_pages
from shared.gateways.razorpay_session import GatewayRejected as GatewayRejected
from shared.gateways.razorpay_session import RazorpaySession
from shared.secrets import Secret, secret_values_for_key_id

_GET_TRIES: Final = 3
_PAGE_SIZE: Final = 100
"""The maximum at Razorpay."""
_DEFAULT_PAGE_SIZE: Final = 10
_RECON_PAGE_SIZE: Final = 200
"""Of at most 1000 at Razorpay: a page must arrive within the timeout, and be stored within a slice."""


@cache
def _client(base_url: str, key_id: str, key_secret: str) -> Any:
    return razorpay.Client(session=RazorpaySession(), auth=(key_id, key_secret), base_url=base_url)


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
    """GET /v1/orders/{id}/payments: every payment attempt of the order.

    https://razorpay.com/docs/api/orders/fetch-payments/ documents neither paging nor parameters, so one request without
    parameters is made. Ten payments could be a default page: then up to 100 more are requested, and a rejection of the
    parameters is ignored."""
    attempts = _items(lambda: _razorpay().order.payments(order_id, {}))
    if len(attempts) < _DEFAULT_PAGE_SIZE:
        return attempts
    try:
        more = _items(lambda: _razorpay().order.payments(order_id, {"count": _PAGE_SIZE, "skip": len(attempts)}))
    except GatewayRejected:
        return attempts
    known = {attempt["id"] for attempt in attempts}
    return attempts + [attempt for attempt in more if attempt["id"] not in known]


def fetch_payment(payment_id: str) -> Json:
    """GET /v1/payments/{id}."""
    return _with_retries(lambda: _razorpay().payment.fetch(payment_id, {}))


def fetch_refunds_of(payment_id: str) -> list[Json]:
    """GET /v1/payments/{id}/refunds: every refund of the payment. One request without a refund, otherwise two."""
    return list(_pages(partial(_razorpay().payment.fetch_multiple_refund, payment_id), {}))


def list_orders(since: int, until: int) -> Iterator[Json]:
    """GET /v1/orders: orders created from `since` to `until` (unix seconds, both inclusive), newest first.

    https://razorpay.com/docs/api/orders/fetch-all/"""
    return _pages(_razorpay().order.all, {"from": since, "to": until})


def list_orders_with_payments(since: int, until: int) -> Iterator[Json]:
    """GET /v1/orders with expand[]=payments: as `list_orders`, and each order has its payment attempts in
    `payments.items`. An attempt that is too young for lists is missing there, so an order without a payment here may
    have one: `fetch_payments_of` states it.

    https://razorpay.com/docs/api/orders/fetch-all-expanded-payments/"""
    return _pages(_razorpay().order.all, {"from": since, "to": until, "expand[]": "payments"})


def page_of_orders_with_payments(since: int, until: int, skip: int) -> list[Json]:
    """One page of `list_orders_with_payments`: up to 100 orders with their payments, without the first `skip`."""
    query = {"from": since, "to": until, "expand[]": "payments", "count": _PAGE_SIZE, "skip": skip}
    return _items(lambda: _razorpay().order.all(query))


def list_payments(since: int, until: int) -> Iterator[Json]:
    """GET /v1/payments: every payment attempt; parameters as for `list_orders`.

    https://razorpay.com/docs/api/payments/fetch-all-payments/"""
    return _pages(_razorpay().payment.all, {"from": since, "to": until})


def list_refunds(since: int, until: int) -> Iterator[Json]:
    """GET /v1/refunds; parameters as for `list_orders`.

    https://razorpay.com/docs/api/refunds/fetch-all/"""
    return _pages(_razorpay().refund.all, {"from": since, "to": until})


def list_settlements(since: int, until: int) -> Iterator[Json]:
    """GET /v1/settlements; parameters as for `list_orders`.

    https://razorpay.com/docs/api/settlements/fetch-all/"""
    return _pages(_razorpay().settlement.all, {"from": since, "to": until})


def list_disputes(since: int = 0, until: int | None = None) -> Iterator[Json]:
    """GET /v1/disputes: disputes created from `since` to `until` (unix seconds, both inclusive), by default all of
    them. A dispute changes for months after its creation.

    Razorpay documents no filter by time for this list, and none is sent: younger disputes are read and skipped, and
    reading stops at a page of which every dispute is older than `since`, because the list is newest first.

    https://razorpay.com/docs/api/disputes/fetch-all/"""
    for dispute in _pages(_razorpay().dispute.all, {}, ends=lambda page: _is_older(page, since)):
        if since <= dispute["created_at"] and (until is None or dispute["created_at"] <= until):
            yield dispute


class GatewayList(StrEnum):
    """A list of the account that `fetch_page` reads."""

    ORDERS = auto()
    """With the payments of each order, as `list_orders_with_payments`."""
    PAYMENTS = auto()
    REFUNDS = auto()
    DISPUTES = auto()
    SETTLEMENTS = auto()


def fetch_page(which: GatewayList, since: int, until: int, skip: int) -> list[Any]:
    """The items of a list from the offset `skip` on that were created from `since` to `until` (unix seconds, both
    inclusive), newest first: at most 100, and none after the last. For a caller that stores its offset, and that
    tolerates an item which moved between two pages; the functions above read a whole list.

    Razorpay documents no filter by time for disputes: the page may contain younger and older ones."""
    client = _razorpay()
    calls: dict[GatewayList, Callable[[Json], Json]] = {
        GatewayList.ORDERS: client.order.all,
        GatewayList.PAYMENTS: client.payment.all,
        GatewayList.REFUNDS: client.refund.all,
        GatewayList.DISPUTES: client.dispute.all,
        GatewayList.SETTLEMENTS: client.settlement.all,
    }
    period = {} if which is GatewayList.DISPUTES else {"from": since, "to": until}
    expanded = {"expand[]": "payments"} if which is GatewayList.ORDERS else {}
    return _items(partial(calls[which], {**period, **expanded, "count": _PAGE_SIZE, "skip": skip}))


def fetch_settled_page(day: date, skip: int) -> list[Any]:
    """GET /v1/settlements/recon/combined: the transactions that were settled on a day (in Razorpay's time zone) from
    the offset `skip` on: at most 200, and none after the last.

    https://razorpay.com/docs/api/settlements/fetch-recon/"""
    query = {"year": day.year, "month": day.month, "day": day.day, "count": _RECON_PAGE_SIZE, "skip": skip}
    return _items(partial(_razorpay().settlement.report, query))


def fetch_dispute(dispute_id: str) -> Json:
    """GET /v1/disputes/{id}.

    https://razorpay.com/docs/api/disputes/fetch/"""
    return _with_retries(lambda: _razorpay().dispute.fetch(dispute_id, {}))


def capture(payment_id: str, amount: int, currency: str) -> Json:
    """POST /v1/payments/{id}/capture. Safe to repeat: Razorpay rejects a second capture."""
    payment: Json = _razorpay().payment.capture(payment_id, amount, {"currency": currency})
    return payment


def refund(payment_id: str, amount: int, idempotency_key: str, notes: dict[str, str] | None = None) -> Json:
    """POST /v1/payments/{id}/refund. A repetition with the same `idempotency_key` and the same `amount` and `notes`
    returns the same refund (X-Refund-Idempotency); with other ones it is rejected. Lists show the `notes`.

    https://razorpay.com/docs/api/refunds/create-normal/"""
    body = {"amount": amount, **({"notes": dict(notes)} if notes else {})}
    refunded: Json = _razorpay().payment.refund(payment_id, body, headers={"X-Refund-Idempotency": idempotency_key})
    return refunded


def _pages(
    call: Callable[[Json], Json], query: Json, ends: Callable[[list[Json]], bool] = lambda page: not page
) -> Iterator[Json]:
    """The items of a list call. A page for which `ends` is true counts as an empty one."""

    def fetch_page(offset: int) -> list[Json]:
        page = _items(partial(call, {**query, "count": _PAGE_SIZE, "skip": offset}))
        return [] if ends(page) else page

    return read_pages(fetch_page)


def _is_older(page: list[Json], since: int) -> bool:
    return all(item["created_at"] < since for item in page)


def _items(call: Callable[[], Json]) -> list[Json]:
    """Raises GatewayUnavailable for a response without a list of items: it does not mean that there are none."""
    items = _with_retries(call).get("items")
    if not isinstance(items, list):
        raise GatewayUnavailable
    return items


def _with_retries(call: Callable[[], Json]) -> Json:
    for attempt in range(_GET_TRIES - 1):
        try:
            return call()
        except GatewayBusy:
            raise
        except GatewayUnavailable:
            time.sleep(0.1 * 2**attempt * random.uniform(0.5, 1))  # noqa: S311 (jitter)
    return call()
