"""Processes Razorpay's webhooks: checks the signature, writes the effect and the inbox row in one transaction, then
responds 2xx.

A 2xx means that the event is durable. An event of an unused type is recorded and gets a 2xx too, because Razorpay
disables an endpoint after a day of failures. An event that cannot be processed now gets a 503, and Razorpay sends it
again.
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
_SEEN_BEFORE: Final = "seen_before"
"""The outcome of an event without effect that is in the inbox already."""


def receive(body: bytes, signature: str | None, event_id: str | None) -> str:
    """Applies the event of a webhook and returns its outcome: a Verdict, an InboxOutcome, or `seen_before`.

    Raises SignatureInvalid, JsonInvalid, EventNotSettled, PaymentContention, StoreUnavailable."""
    if not signature or not is_valid_webhook_signature(body, signature):
        logger().warning("webhook signature rejected")
        raise SignatureInvalid
    key = _inbox_key(event_id, body)
    try:
        message = razorpay_evidence.parse_webhook(json.loads(body))
    except MalformedPayload:
        return _record_only(key, WebhookMessage("malformed", None, ()), InboxOutcome.MALFORMED)
    except (ValueError, RecursionError) as error:
        raise JsonInvalid from error
    return _apply(key, message)


def _apply(key: str, message: WebhookMessage) -> str:
    """Applies every piece of evidence in order. The inbox row is written with the last one, so that a retry after a
    crash applies the missing evidence."""
    if not message.order_id or not message.evidence:
        return _record_only(key, message, InboxOutcome.IGNORED)
    *earlier, last = message.evidence
    for evidence in earlier:
        if settle(message.order_id, evidence, Source.WEBHOOK) is None:
            return _adopt_unknown_order(key, message, message.order_id)
    inbox = webhook_inbox.new_entry(key, message.event, message.order_id, last.kind, clock.now())
    settled = settle(message.order_id, last, Source.WEBHOOK, inbox=inbox)
    if settled is None:
        return _adopt_unknown_order(key, message, message.order_id)
    return settled.verdict.value


def _adopt_unknown_order(key: str, message: WebhookMessage, order_id: str) -> str:
    """Adopts the orphaned order and applies the event. Only records the event if another product created the order.

    Raises EventNotSettled when Razorpay cannot be asked for the order."""
    try:
        adoption = adopt_order(order_id)
    except GatewayUnavailable as error:
        raise EventNotSettled from error
    return _apply(key, message) if adoption is Adoption.ADOPTED else _record_only(key, message, InboxOutcome.NOT_OURS)


def _record_only(key: str, message: WebhookMessage, outcome: InboxOutcome) -> str:
    entry = webhook_inbox.new_entry(key, message.event, message.order_id, outcome, clock.now())
    return outcome.value if webhook_inbox.save_if_new(entry) else _SEEN_BEFORE


def _inbox_key(event_id: str | None, body: bytes) -> str:
    """`x-razorpay-event-id`, which is the same for every retry. Without a valid id: the digest of the body."""
    if event_id and _EVENT_ID.fullmatch(event_id):
        return event_id
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
