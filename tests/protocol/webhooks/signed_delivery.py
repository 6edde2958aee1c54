"""Deliveries to the webhook as Razorpay sends them, with any body."""

import hashlib
import hmac
import json
from typing import Any

from tests.conftest import SETTINGS
from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import PRICE, Storefront

SECRET = SETTINGS["LMS_RAZORPAY_WEBHOOK_SECRET"]


def deliver(body: Any, event_id: str | None = "evt_1", signature: str | None = "right") -> Reply:
    """Posts the bytes, or the JSON of any other value, with a right signature or the given one."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    if signature == "right":
        signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    named = {"x-razorpay-signature": signature, "x-razorpay-event-id": event_id}
    headers = {name: value for name, value in named.items() if value is not None}
    return Api().call("POST", "/api/payments/webhook", raw=raw, headers=headers, base64_body=True)


def payment_event(order_id: str | None, event: str = "payment.captured", **payment: Any) -> dict[str, Any]:
    """An event that contains a payment of an order."""
    entity = {"id": "pay_AAAAAAAAAAAAAA", "order_id": order_id, "amount": PRICE, "currency": "INR", **payment}
    return {"event": event, "payload": {"payment": {"entity": {"status": event.split(".")[1], **entity}}}}


def outbox_event(shop: Storefront, kind: str) -> Any:
    """The one event of that kind that Razorpay has created."""
    [event] = [each for each in shop.gateway.ledger.outbox.events.values() if each.type == kind]
    return event
