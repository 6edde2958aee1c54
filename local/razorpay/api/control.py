"""The control API under /_local/: actions of a learner, a bank, Razorpay's dashboard or a test."""

import dataclasses
import ipaddress
import re
from collections.abc import Callable
from typing import Any

from local.asgi.messages import Request, Response, json_response
from local.razorpay.api.rest import json_body
from local.razorpay.errors import RazorpayApiError, unknown_id, unknown_url
from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.operations.checkout_amounts import Payer
from local.razorpay.operations.disputes import DisputeDetails, change_dispute, open_dispute, update_dispute
from local.razorpay.operations.other_products import pay_other_product
from local.razorpay.operations.payments import capture, fail, late_authorize, pay
from local.razorpay.operations.refunds import change_refund_status, complete_refund, refund
from local.razorpay.operations.settlements import add_adjustment, books
from local.razorpay.runtime_settings import change_settings, current_settings
from local.razorpay.signatures import checkout_signature
from local.razorpay.state.account_statement import account_statement
from local.razorpay.state.entities import Payment, Wire
from local.razorpay.state.ledger import Ledger

PAYER_FIELDS = {field.name for field in dataclasses.fields(Payer)}
DISPUTE_DETAILS = {field.name for field in dataclasses.fields(DisputeDetails)}
PAY_FIELDS = PAYER_FIELDS | {"outcome", "late_seconds", "webhooks", "amount"}
Body = dict[str, Any]


def checkout_response(ledger: Ledger, payment: Payment) -> Wire:
    """Checkout's result for the browser: the ids, and a signature when authorized or captured, otherwise None. A failed
    payment adds `error` in the format of Checkout's payment.failed event.
    """
    signed = payment.status in ("authorized", "captured") and payment.order_id is not None
    secret, order_id = ledger.settings.key_secret, payment.order_id or ""
    response: Wire = {
        "razorpay_order_id": payment.order_id,
        "razorpay_payment_id": payment.id,
        "razorpay_signature": checkout_signature(secret, order_id, payment.id) if signed else None,
    }
    if payment.error is not None:
        metadata = {"order_id": payment.order_id, "payment_id": payment.id}
        response["error"] = {**payment.error, "metadata": metadata}
    return response


def _pay(ledger: Ledger, order_id: str, body: Body) -> Wire:
    extra = sorted(set(body) - PAY_FIELDS)
    if extra:
        raise RazorpayApiError(f"{', '.join(extra)} is/are not required and should not be sent", field=extra[0])
    payer = Payer(**{name: value for name, value in body.items() if name in PAYER_FIELDS})
    options = {name: value for name, value in body.items() if name not in PAYER_FIELDS}
    return checkout_response(ledger, pay(ledger, order_id, payer=payer, **options))


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
    """With `"new": true` a dispute is opened beside those that the payment has."""
    details = DisputeDetails(**{name: value for name, value in body.items() if name in DISPUTE_DETAILS})
    amount, deducted = body.get("amount"), body.get("deducted")
    if body.get("new"):
        return open_dispute(ledger, payment_id, amount, deducted=deducted, details=details).entity()
    return update_dispute(ledger, payment_id, body["status"], amount, deducted=deducted, details=details).entity()


def _change_dispute(ledger: Ledger, dispute_id: str, body: Body) -> Wire:
    deducted, even_if_ended = body.get("deducted"), body.get("even_if_ended", False)
    dispute = ledger.dispute(dispute_id)
    return change_dispute(ledger, dispute, body["status"], deducted=deducted, even_if_ended=even_if_ended).entity()


def _complete_refund(ledger: Ledger, refund_id: str, outcome: str) -> Wire:
    complete_refund(ledger, ledger.refund(refund_id), outcome)
    return ledger.refund(refund_id).entity()


def _change_refund_status(ledger: Ledger, refund_id: str, body: Body) -> Wire:
    change_refund_status(ledger, ledger.refund(refund_id), body["status"], body.get("event", "default"))
    return ledger.refund(refund_id).entity()


def _redeliver(ledger: Ledger, event_id: str, _: Body) -> Wire:
    if event_id not in ledger.outbox.events:
        raise unknown_id()
    return ledger.outbox.redeliver(event_id, ledger.clock.now()).report()


def _pay_other_product(ledger: Ledger, _: str, body: Body) -> Wire:
    return pay_other_product(ledger, **body).entity()


def _count_unfinished(ledger: Ledger) -> Wire:
    """Webhooks that are not delivered yet, and refunds that are not processed."""
    events, refunds = ledger.outbox.events.values(), ledger.refunds.values()
    return {
        "webhooks": sum(event.state in ("due", "in_flight") for event in events),
        "refunds": sum(refund.status == "pending" for refund in refunds),
    }


LEDGER_ROUTES: list[tuple[str, str, Callable[[Ledger, str, Body], Wire]]] = [
    ("POST", "/_local/orders/([^/]+)/pay", _pay),
    ("POST", "/_local/other_products/pay()", _pay_other_product),
    ("POST", "/_local/payments/([^/]+)/capture", _capture),
    ("POST", "/_local/payments/([^/]+)/fail", _fail),
    ("POST", "/_local/payments/([^/]+)/late_authorize", _late_authorize),
    ("POST", "/_local/payments/([^/]+)/refund", lambda led, id_, body: refund(led, id_, body).entity()),
    ("POST", "/_local/payments/([^/]+)/dispute", _dispute),
    ("POST", "/_local/disputes/([^/]+)", _change_dispute),
    ("POST", "/_local/refunds/([^/]+)/process", lambda ledger, id_, _: _complete_refund(ledger, id_, "process")),
    ("POST", "/_local/refunds/([^/]+)/fail", lambda ledger, id_, _: _complete_refund(ledger, id_, "fail")),
    ("POST", "/_local/refunds/([^/]+)/status", _change_refund_status),
    ("POST", "/_local/adjustments()", lambda ledger, _, body: add_adjustment(ledger, body)),
    ("GET", "/_local/statement()", lambda ledger, *_: account_statement(ledger)),
    ("GET", "/_local/books()", lambda ledger, *_: books(ledger)),
    ("GET", "/_local/unfinished()", lambda ledger, *_: _count_unfinished(ledger)),
    ("POST", "/_local/webhooks/([^/]+)/redeliver", _redeliver),
    (
        "GET",
        "/_local/webhooks()",
        lambda ledger, *_: {"items": [event.report() for event in ledger.outbox.events.values()]},
    ),
]


def handle_control_request(fake: FakeRazorpay, request: Request) -> Response:
    """Handle a call under /_local/; calls from other machines are rejected with 403."""
    try:
        if not ipaddress.ip_address(request.client).is_loopback:
            raise RazorpayApiError("The control API accepts calls from this machine only", status=403)
        body = json_body(request)
        for method, pattern, action in LEDGER_ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match and method == request.method:
                with fake.locked_ledger() as ledger:
                    return json_response(200, action(ledger, match[1], body))
        return json_response(200, _fake_route(fake, request, body))
    except RazorpayApiError as error:
        return json_response(error.status, error.body())
    except (KeyError, TypeError, ValueError) as error:  # a field is missing or has the wrong type
        return json_response(400, RazorpayApiError(f"Unusable body: {error!r}").body())


def _fake_route(fake: FakeRazorpay, request: Request, body: Body) -> Wire:
    route = f"{request.method} {request.path}"
    if route == "GET /_local/settings":
        return current_settings(fake)
    if route == "PATCH /_local/settings":
        return change_settings(fake, body)
    if route == "POST /_local/faults":
        return dataclasses.asdict(fake.faults.add(body))
    if route == "DELETE /_local/faults":
        fake.faults.pending = []
        return {}
    if route == "POST /_local/clock":
        fake.advance(body["advance_seconds"])
        return {"now": fake.clock.now()}
    raise unknown_url()
