"""Razorpay's webhook: signature first, then the effect and the inbox row in one transaction, then 2xx.

2xx means durable. What we have no use for is stored and answered 2xx too: Razorpay switches an endpoint off after a day
of failures. What cannot be settled now is a 503, so that it comes again.
"""

import hashlib
import json
import re
from typing import Final

from functions.payments import razorpay_evidence
from functions.payments.checkout.adopt_order import Adoption, adopt_order
from functions.payments.errors import EventNotSettled, SignatureInvalid
from functions.payments.razorpay_evidence import MalformedPayload, WebhookMessage
from functions.payments.signatures import is_valid_webhook_signature
from shared import clock
from shared.db.payments import webhook_inbox
from shared.errors import GatewayUnavailable, JsonInvalid
from shared.history_kinds import InboxOutcome, Source
from shared.observability import logger
from shared.settlement.settle import settle

_EVENT_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")


def receive(body: bytes, signature: str | None, event_id: str | None) -> str:
    """What the event did. Raises SignatureInvalid, JsonInvalid, EventUnclear, StillChanging, StoreUnavailable."""
    if not signature or not is_valid_webhook_signature(body, signature):
        logger().warning("webhook signature rejected")
        raise SignatureInvalid
    try:
        message = razorpay_evidence.parse_webhook(json.loads(body))
    except (ValueError, RecursionError) as wrong:
        if isinstance(wrong, MalformedPayload):
            return _record_only(
                _inbox_key(event_id, body), WebhookMessage("malformed", None, ()), InboxOutcome.MALFORMED
            )
        raise JsonInvalid from wrong
    return _apply(_inbox_key(event_id, body), message)


def _apply(key: str, message: WebhookMessage) -> str:
    if not message.order_id or not message.evidence:
        return _record_only(key, message, InboxOutcome.IGNORED)
    *before, last = message.evidence
    for evidence in before:
        if settle(message.order_id, evidence, Source.WEBHOOK) is None:
            return _adopt_unknown_order(key, message, message.order_id)
    inbox = webhook_inbox.new_entry(key, message.event, message.order_id, last.kind, clock.now())
    settled = settle(message.order_id, last, Source.WEBHOOK, inbox=inbox)
    if settled is None:
        return _adopt_unknown_order(key, message, message.order_id)
    return settled.verdict.value


def _adopt_unknown_order(key: str, message: WebhookMessage, order_id: str) -> str:
    try:
        adoption = adopt_order(order_id)
    except GatewayUnavailable as unclear:
        raise EventNotSettled from unclear
    return _apply(key, message) if adoption is Adoption.ADOPTED else _record_only(key, message, InboxOutcome.NOT_OURS)


def _record_only(key: str, message: WebhookMessage, outcome: InboxOutcome) -> str:
    row = webhook_inbox.new_entry(key, message.event, message.order_id, outcome, clock.now())
    return outcome.value if webhook_inbox.save_if_new(row) else "seen_before"


def _inbox_key(event_id: str | None, body: bytes) -> str:
    """`x-razorpay-event-id`, the same on every retry; for a delivery without a usable one, the body's digest."""
    if event_id and _EVENT_ID.fullmatch(event_id):
        return event_id
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
