"""Razorpay's REST API."""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from local.asgi.messages import Request, Response, json_response
from local.razorpay.api import lists
from local.razorpay.errors import RazorpayApiError, unauthorized, unknown_url
from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.operations.disputes import accept, contest
from local.razorpay.operations.orders import create_order
from local.razorpay.operations.payments import capture
from local.razorpay.operations.refunds import refund
from local.razorpay.settings import FakeRazorpaySettings
from local.razorpay.state.entities import Wire
from local.razorpay.state.ledger import Ledger

REFUND_KEY_HEADER = "x-refund-idempotency"
Action = Callable[[Ledger, str, Request], Wire]


def _create_order(ledger: Ledger, _: str, request: Request) -> Wire:
    return create_order(ledger, json_body(request)).entity()


def _fetch_payment(ledger: Ledger, payment_id: str, request: Request) -> Wire:
    """`expand[]=offers` adds the member `offers`, the only documented place of a payment's offer.

    https://razorpay.com/docs/api/payments/fetch-payment-expanded-offers/"""
    payment = ledger.payment(payment_id)
    expanded = {"offers": payment.offers()} if request.query().get("expand[]") == "offers" else {}
    return {**payment.entity(), **expanded}


def _refund(ledger: Ledger, payment_id: str, request: Request) -> Wire:
    key = request.headers.get(REFUND_KEY_HEADER)
    return refund(ledger, payment_id, json_body(request), key).entity()


ROUTES: list[tuple[str, re.Pattern[str], Action]] = [
    (method, re.compile(pattern), action)
    for method, pattern, action in [
        ("POST", "/v1/orders()", _create_order),
        ("GET", "/v1/orders()", lists.orders),
        ("GET", "/v1/orders/([^/]+)", lambda ledger, id_, _: ledger.order(id_).entity()),
        ("GET", "/v1/orders/([^/]+)/payments", lists.payments_of_order),
        ("GET", "/v1/payments()", lists.payments),
        ("GET", "/v1/payments/([^/]+)", _fetch_payment),
        ("POST", "/v1/payments/([^/]+)/capture", lambda led, id_, req: capture(led, id_, json_body(req)).entity()),
        ("POST", "/v1/payments/([^/]+)/refund", _refund),
        ("GET", "/v1/payments/([^/]+)/refunds", lists.refunds_of_payment),
        ("GET", "/v1/refunds()", lists.refunds),
        ("GET", "/v1/refunds/([^/]+)", lambda ledger, id_, _: ledger.refund(id_).entity()),
        ("GET", "/v1/settlements/?()", lists.settlements),
        ("GET", "/v1/settlements/recon/combined()", lists.settled_entries),
        ("GET", "/v1/settlements/([^/]+)", lists.fetch_settlement),
        ("GET", "/v1/disputes()", lists.disputes),
        ("GET", "/v1/disputes/([^/]+)", lambda ledger, id_, _: ledger.dispute(id_).entity()),
        ("POST", "/v1/disputes/([^/]+)/accept", lambda led, id_, req: accept(led, id_, json_body(req)).entity()),
        ("PATCH", "/v1/disputes/([^/]+)/contest", lambda led, id_, req: contest(led, id_, json_body(req)).entity()),
    ]
]


def handle_rest_request(fake: FakeRazorpay, request: Request) -> Response:
    """Handle a call under /v1/; errors are Razorpay's error documents."""
    try:
        authenticate(fake.settings, request)
        for method, pattern, action in ROUTES:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                with fake.locked_ledger() as ledger:
                    return json_response(200, action(ledger, match[1], request))
        raise unknown_url()
    except RazorpayApiError as error:
        return json_response(error.status, error.body())


def authenticate(settings: FakeRazorpaySettings, request: Request) -> None:
    """Check basic authentication with key id and key secret. Raises RazorpayApiError with status 401."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        credentials = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise unauthorized() from error
    expected = f"{settings.key_id}:{settings.key_secret}".encode()
    if scheme.lower() != "basic" or not hmac.compare_digest(credentials, expected):
        raise unauthorized()


def json_body(request: Request) -> dict[str, Any]:
    """The body as an object; a missing body is an empty object. Raises RazorpayApiError."""
    try:
        body = json.loads(request.body or b"{}")
    except ValueError as error:
        raise RazorpayApiError("The request body is not valid JSON", source="NA", step="NA", reason="NA") from error
    if not isinstance(body, dict):
        raise RazorpayApiError("The request body must be a JSON object", source="NA", step="NA", reason="NA")
    return body
