"""Processes Razorpay's webhooks: checks the signature, writes the effect and the inbox row in one transaction, then
responds 2xx.

A 2xx means that the event is durable. An event of an unused type is recorded and gets a 2xx too, because Razorpay
disables an endpoint after a day of failures. So does an event that cannot be read: it is kept with its body, counted,
and replayed after a fix (webhook_replay.py). An event that cannot be processed now gets a 503, and one on which our
code fails a 500: Razorpay sends both again.
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
from shared.db.entities import WebhookEvent
from shared.db.payments import webhook_inbox
from shared.errors import GatewayUnavailable
from shared.history_kinds import InboxOutcome, Source
from shared.observability import emit_metrics, logger
from shared.settlement.decision import Verdict
from shared.settlement.evidence import GatewayEvidence
from shared.settlement.settle import settle

_EVENT_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
_SEEN_BEFORE: Final = "seen_before"
"""The outcome of an event without effect that is in the inbox already."""
_UNKNOWN_EVENT: Final = "malformed"
"""Stored instead of the event type of a body that names none."""


def receive(body: bytes, signature: str | None, event_id: str | None) -> str:
    """Applies the event of a webhook and returns its outcome: a Verdict, an InboxOutcome, or `seen_before`.

    Raises SignatureInvalid, EventNotSettled, PaymentContention, StoreUnavailable."""
    if not signature or not is_valid_webhook_signature(body, signature):
        logger().warning("webhook signature rejected")
        raise SignatureInvalid
    key = _inbox_key(event_id, body)
    try:
        message = parse(body)
    except MalformedPayload:
        return _keep_unreadable(key, body)
    outcome = apply_message(message, key)
    return _record_only(key, message, outcome) if isinstance(outcome, InboxOutcome) else outcome.value


def parse(body: bytes) -> WebhookMessage:
    """The event in the raw body of a webhook. Raises MalformedPayload when it cannot be read."""
    return razorpay_evidence.parse_webhook(_json(body))


def apply_message(message: WebhookMessage, inbox_key: str | None) -> Verdict | InboxOutcome:
    """Applies the evidence of an event to its order, which is adopted if it is ours and not stored. An InboxOutcome
    means that there was nothing to apply.

    The inbox row under `inbox_key` is written with the last piece of evidence; None writes no row. Raises
    EventNotSettled, PaymentContention, StoreUnavailable."""
    order_id = message.order_id
    if not order_id or not message.evidence:
        return InboxOutcome.IGNORED
    verdict = _settle(order_id, message, inbox_key)
    if verdict is None:
        if _adopt(order_id) is Adoption.NOT_OURS:
            return InboxOutcome.NOT_OURS
        verdict = _settle(order_id, message, inbox_key)
    if verdict is None:
        raise EventNotSettled
    return verdict


def _settle(order_id: str, message: WebhookMessage, inbox_key: str | None) -> Verdict | None:
    """Applies every piece of evidence in order; None when there is no payment for the order. The inbox row is written
    with the last piece, so that a retry after a crash applies the missing evidence."""
    *earlier, last = message.evidence
    for evidence in earlier:
        if settle(order_id, evidence, Source.WEBHOOK) is None:
            return None
    inbox = _inbox_entry(inbox_key, message, last) if inbox_key else None
    settled = settle(order_id, last, Source.WEBHOOK, inbox=inbox)
    return settled.verdict if settled else None


def _adopt(order_id: str) -> Adoption:
    """Raises EventNotSettled when it is unknown whether the order is ours."""
    try:
        return adopt_order(order_id)
    except GatewayUnavailable as error:
        raise EventNotSettled from error


def _keep_unreadable(key: str, body: bytes) -> str:
    """Stores the event with its body. It is counted before it is stored: a crash in between counts it twice."""
    event = _event_type(body) or _UNKNOWN_EVENT
    logger().error("webhook unreadable", extra={"event_id": key, "event": event, "bytes": len(body)})
    emit_metrics("webhook", {"webhooks_unreadable": 1})
    entry = webhook_inbox.unreadable_entry(key, event, body, clock.now())
    return InboxOutcome.MALFORMED.value if webhook_inbox.keep_unreadable(entry) else _SEEN_BEFORE


def _event_type(body: bytes) -> str | None:
    try:
        return razorpay_evidence.event_type(_json(body))
    except MalformedPayload:
        return None


def _json(body: bytes) -> object:
    """The JSON document. Raises MalformedPayload when the body is not JSON."""
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedPayload from error
    return document


def _inbox_entry(key: str, message: WebhookMessage, last: GatewayEvidence) -> WebhookEvent:
    return webhook_inbox.new_entry(key, message.event, message.order_id, last.kind, clock.now())


def _record_only(key: str, message: WebhookMessage, outcome: InboxOutcome) -> str:
    entry = webhook_inbox.new_entry(key, message.event, message.order_id, outcome, clock.now())
    return outcome.value if webhook_inbox.save_if_new(entry) else _SEEN_BEFORE


def _inbox_key(event_id: str | None, body: bytes) -> str:
    """`x-razorpay-event-id`, which is the same for every retry. Without a valid id: the digest of the body."""
    if event_id and _EVENT_ID.fullmatch(event_id):
        return event_id
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
