"""The control interface under /_local/: what a learner, a bank, a dashboard or a test does to the gateway."""

import dataclasses
import ipaddress
import re
from collections.abc import Callable
from typing import Any

from local.asgi.messages import Request, Response, json_response
from local.razorpay.api.rest import json_body
from local.razorpay.errors import RazorpayApiError, unknown_id, unknown_url
from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.operations.disputes import update_dispute
from local.razorpay.operations.payments import capture, fail, late_authorize, pay
from local.razorpay.operations.refunds import complete_refund, refund
from local.razorpay.runtime_settings import change_settings, current_settings
from local.razorpay.signatures import checkout_signature
from local.razorpay.state.account_statement import account_statement
from local.razorpay.state.entities import Payment, Wire
from local.razorpay.state.ledger import Ledger

PAY_FIELDS = {"outcome", "method", "late_seconds", "webhooks", "amount", "email", "contact", "notes"}
Body = dict[str, Any]


def checkout_response(ledger: Ledger, payment: Payment) -> Wire:
    """What the browser gets back: ids, and a signature once authorised or captured, else None; a failed
    payment adds `error` as Checkout's payment.failed event carries it.
    """
    signed = payment.status in ("authorized", "captured")
    secret = ledger.settings.key_secret
    response: Wire = {
        "razorpay_order_id": payment.order_id,
        "razorpay_payment_id": payment.id,
        "razorpay_signature": checkout_signature(secret, payment.order_id, payment.id) if signed else None,
    }
    if payment.error is not None:
        metadata = {"order_id": payment.order_id, "payment_id": payment.id}
        response["error"] = {**payment.error, "metadata": metadata}
    return response


def _pay(ledger: Ledger, order_id: str, body: Body) -> Wire:
    extra = sorted(set(body) - PAY_FIELDS)
    if extra:
        raise RazorpayApiError(f"{', '.join(extra)} is/are not required and should not be sent", field=extra[0])
    return checkout_response(ledger, pay(ledger, order_id, **body))


def _capture(ledger: Ledger, payment_id: str, _: Body) -> Wire:
    payment = ledger.payment(payment_id)
    return capture(ledger, payment_id, {"amount": payment.amount}).entity()


def _fail(ledger: Ledger, payment_id: str, _: Body) -> Wire:
    fail(ledger, ledger.payment(payment_id))
    return ledger.payment(payment_id).entity()


def _late_authorize(ledger: Ledger, payment_id: str, body: Body) -> Wire:
    even_if_paid = body.get("even_if_paid", False)
    late_authorize(ledger, ledger.payment(payment_id), body.get("capture"), even_if_paid=even_if_paid)
    return checkout_response(ledger, ledger.payment(payment_id))


def _dispute(ledger: Ledger, payment_id: str, body: Body) -> Wire:
    return update_dispute(ledger, payment_id, body["status"], body.get("amount")).entity()


def _complete_refund(ledger: Ledger, refund_id: str, outcome: str) -> Wire:
    complete_refund(ledger, ledger.refund(refund_id), outcome)
    return ledger.refund(refund_id).entity()


def _redeliver(ledger: Ledger, event_id: str, _: Body) -> Wire:
    if event_id not in ledger.outbox.events:
        raise unknown_id()
    return ledger.outbox.redeliver(event_id, ledger.clock.now()).report()


LEDGER_ROUTES: list[tuple[str, str, Callable[[Ledger, str, Body], Wire]]] = [
    ("POST", "/_local/orders/([^/]+)/pay", _pay),
    ("POST", "/_local/payments/([^/]+)/capture", _capture),
    ("POST", "/_local/payments/([^/]+)/fail", _fail),
    ("POST", "/_local/payments/([^/]+)/late_authorize", _late_authorize),
    ("POST", "/_local/payments/([^/]+)/refund", lambda led, id_, body: refund(led, id_, body).entity()),
    ("POST", "/_local/payments/([^/]+)/dispute", _dispute),
    ("POST", "/_local/refunds/([^/]+)/process", lambda ledger, id_, _: _complete_refund(ledger, id_, "process")),
    ("POST", "/_local/refunds/([^/]+)/fail", lambda ledger, id_, _: _complete_refund(ledger, id_, "fail")),
    ("GET", "/_local/statement()", lambda ledger, *_: account_statement(ledger)),
    ("POST", "/_local/webhooks/([^/]+)/redeliver", _redeliver),
    (
        "GET",
        "/_local/webhooks()",
        lambda ledger, *_: {"items": [event.report() for event in ledger.outbox.events.values()]},
    ),
]


def handle_control_request(gateway: FakeRazorpay, request: Request) -> Response:
    """Answers a call under /_local/, from this machine alone."""
    try:
        if not ipaddress.ip_address(request.client).is_loopback:
            raise RazorpayApiError("The control interface is for this machine alone", status=403)
        body = json_body(request)
        for method, pattern, action in LEDGER_ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match and method == request.method:
                with gateway.locked_ledger() as ledger:
                    return json_response(200, action(ledger, match[1], body))
        return json_response(200, _fake_route(gateway, request, body))
    except RazorpayApiError as refusal:
        return json_response(refusal.status, refusal.body())
    except (KeyError, TypeError, ValueError) as error:  # a field missing or of the wrong type
        return json_response(400, RazorpayApiError(f"Unusable body: {error!r}").body())


def _fake_route(gateway: FakeRazorpay, request: Request, body: Body) -> Wire:
    route = f"{request.method} {request.path}"
    if route == "GET /_local/settings":
        return current_settings(gateway)
    if route == "PATCH /_local/settings":
        return change_settings(gateway, body)
    if route == "POST /_local/faults":
        return dataclasses.asdict(gateway.faults.add(body))
    if route == "DELETE /_local/faults":
        gateway.faults.pending = []
        return {}
    if route == "POST /_local/clock":
        gateway.advance(body["advance_seconds"])
        return {"now": gateway.clock.now()}
    raise unknown_url()
