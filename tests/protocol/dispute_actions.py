"""Disputes at the Razorpay fake, and webhooks about them that only Razorpay itself could vary."""

import hashlib
import hmac
import json
from typing import Any

from shared.db.payments.payment_attributes import primary_capture
from shared.domain.captures import Dispute
from tests.conftest import SETTINGS
from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import Storefront


def report_dispute(shop: Storefront, payment_id: str, status: str, amount: int | None = None, **fields: Any) -> str:
    """The bank opens a dispute, or changes the open one; delivers the webhook. Returns the id of the dispute."""
    dispute = change_dispute(shop, payment_id, status, amount, **fields)
    shop.deliver(f"payment.dispute.{status}")
    return str(dispute["id"])


def change_dispute(
    shop: Storefront, payment_id: str, status: str, amount: int | None = None, **fields: Any
) -> dict[str, Any]:
    """The same, without a webhook. Returns Razorpay's dispute entity."""
    body = {"status": status, **fields} | ({} if amount is None else {"amount": amount})
    return shop.control("POST", f"payments/{payment_id}/dispute", body)


def send_webhook(body: Any, event_id: str) -> Reply:
    """A webhook with a valid signature."""
    raw = json.dumps(body).encode()
    secret = SETTINGS["LMS_RAZORPAY_WEBHOOK_SECRET"]
    signature = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    headers = {"x-razorpay-signature": signature, "x-razorpay-event-id": event_id}
    return Api().call("POST", "/api/payments/webhook", raw=raw, headers=headers)


def last_event_body(shop: Storefront, kind: str) -> dict[str, Any]:
    """The body of the last event of that kind, delivered or not."""
    events = [each for each in shop.gateway.ledger.outbox.events.values() if each.type == kind]
    body: dict[str, Any] = json.loads(events[-1].body)
    return body


def recorded_disputes(shop: Storefront, order_id: str) -> dict[str, Dispute]:
    """The disputes of the primary capture."""
    return dict(primary_capture(shop.payment(order_id)).disputes)


def change_ended_dispute(shop: Storefront, dispute_id: str, status: str) -> None:
    """A day later Razorpay corrects the outcome of a dispute; its webhook is not delivered."""
    shop.clock.advance(days=1)
    shop.control("POST", f"disputes/{dispute_id}", {"status": status, "even_if_ended": True})
