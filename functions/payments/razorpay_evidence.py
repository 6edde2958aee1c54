"""Converts Razorpay's webhook events and entities to evidence.

Payloads: https://razorpay.com/docs/webhooks/payloads/. Amounts are in minor units."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from shared import ids
from shared.domain.captures import Dispute, DisputeStatus, RefundStatus
from shared.gateways.razorpay import Json
from shared.observability import emit_metrics, logger
from shared.settlement.evidence import (
    AttemptFailed,
    AuthorizationVoided,
    Authorized,
    Captured,
    DisputeReported,
    GatewayEvidence,
    Refunded,
)


@dataclass(frozen=True)
class WebhookMessage:
    """The type of an event, its order id (None for an event without a valid one), and its evidence in the order in
    which it is applied."""

    event: str
    order_id: str | None
    evidence: tuple[GatewayEvidence, ...]


class MalformedPayload(ValueError):
    """The payload does not have the form that Razorpay documents for its event."""


def entity_id(entity: object) -> str:
    """The id of an entity that may have any form, at most 64 characters of it, for reports and logs."""
    return str(entity.get("id") if isinstance(entity, dict) else entity)[:64]


_EVENT: Final = re.compile(r"[a-z_.]{1,64}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_DISPUTE: Final = re.compile(r"disp_[A-Za-z0-9]{1,32}")
_OFFER: Final = re.compile(r"offer_[A-Za-z0-9]{1,32}")
_MAX_AMOUNT: Final = 10**15
_MAX_TIME: Final = 253_402_300_799
"""The last second of the year 9999, in unix seconds."""
_MAX_WORD: Final = 100
"""Characters of Razorpay's words that are kept: the phase and the reason of a dispute."""
_REQUEST_NOTE: Final = "request"
_REQUEST_KEY: Final = re.compile(r"[0-9a-f]{24}")
"""As `request_refund` makes them."""
_DOCUMENTED_REFUND_STATUSES: Final = frozenset(RefundStatus) - {RefundStatus.UNKNOWN}
_REFUND_STATUS: Final = {
    "refund.created": None,
    "refund.processed": RefundStatus.PROCESSED,
    "refund.failed": RefundStatus.FAILED,
}
_DISPUTE_PREFIX: Final = "payment.dispute."
_DISPUTE_STATUS: Final = {
    "payment.dispute.under_review": DisputeStatus.UNDER_REVIEW,
    "payment.dispute.won": DisputeStatus.WON,
    "payment.dispute.lost": DisputeStatus.LOST,
    "payment.dispute.closed": DisputeStatus.CLOSED,
}
"""The status that the type of an event states. https://razorpay.com/docs/webhooks/disputes/"""


def parse_webhook(body: Any) -> WebhookMessage:
    """Parses a webhook body. An event type that the product does not use yields no evidence, and neither does a payment
    without an order: another product made it.

    Raises MalformedPayload when the body names no event, or when an event that the product uses has an unknown form."""
    try:
        event = _require_match(_EVENT, body["event"])
        payment = _entity(body, "payment")
        order_id = _named_order(body, payment)
        if order_id is None and "order_id" in payment:
            return WebhookMessage(event, None, ())
        evidence = _evidence(event, body, payment)
        if evidence is None:
            return WebhookMessage(event, _valid_order_id(order_id), ())
        return WebhookMessage(event, _require_match(ids.ORDER, order_id), _require_evidence(evidence))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise MalformedPayload from error


def event_type(body: Any) -> str | None:
    """The event type that a webhook body names, even if its payload is malformed; None if it names none."""
    try:
        return _require_match(_EVENT, body["event"])
    except (KeyError, TypeError, ValueError):
        return None


def from_payment(payment: Json) -> tuple[GatewayEvidence, ...]:
    """The evidence in a payment entity, by its status. The entity comes from a webhook or from a poll.

    Raises MalformedPayload (a field of the wrong form), KeyError (a missing field)."""
    payment_id, amount = _require_match(ids.PAYMENT, payment["id"]), _require_amount(payment["amount"])
    currency, fee, offer_id = _require_match(_CURRENCY, payment["currency"]), _fee_of(payment), _offer_id_of(payment)
    match payment["status"]:
        case "captured":
            return (Captured(payment_id, amount, currency, _was_refunded(payment), fee, offer_id, _tax_of(payment)),)
        case "refunded" if payment.get("captured"):
            return (Captured(payment_id, amount, currency, _was_refunded(payment), fee, offer_id, _tax_of(payment)),)
        case "refunded":
            return (AuthorizationVoided(payment_id),)
        case "authorized":
            return (Authorized(payment_id, amount, currency, fee, offer_id),)
        case "failed":
            return (AttemptFailed(payment_id),)
        case _:
            return ()


def from_refund(refund: Json, status: RefundStatus | None = None, request_key: str | None = None) -> Refunded:
    """The evidence in a refund entity. `status` is the status that the type of the webhook event states: the entity in
    the event may be older, or newer, and the later of the two counts. `request_key` is the key of the refund request
    that Razorpay answers with this refund; by default the one in its notes. A status that Razorpay does not document is
    logged, counted, and UNKNOWN.

    Raises MalformedPayload (a field of the wrong form), KeyError (a missing field)."""
    current_status = _refund_status(refund)
    if status and status.is_after(current_status):
        current_status = status
    payment_id, refund_id = _require_match(ids.PAYMENT, refund["payment_id"]), _require_match(ids.REFUND, refund["id"])
    key = request_key or request_key_of(refund)
    return Refunded(payment_id, refund_id, _require_amount(refund["amount"]), current_status, key)


def notes_for(request_key: str) -> dict[str, str]:
    """The notes of a refund that answers a refund request."""
    return {_REQUEST_NOTE: request_key}


def request_key_of(refund: Any) -> str | None:
    """The key in the notes of a refund, which may have any form. Razorpay sends notes as `[]` when there are none."""
    notes = refund.get("notes") if isinstance(refund, dict) else None
    key = notes.get(_REQUEST_NOTE) if isinstance(notes, dict) else None
    return key if isinstance(key, str) and _REQUEST_KEY.fullmatch(key) else None


def from_dispute(dispute: Json, status: DisputeStatus | None = None, as_of: datetime | None = None) -> DisputeReported:
    """The evidence in a dispute entity. `status` is the status that the type of the webhook event states, because the
    entity in the event may be older, and `as_of` the time of the event (UTC); both are None for an entity that was just
    fetched. A status that Razorpay does not document is UNKNOWN.

    https://razorpay.com/docs/api/disputes/entity/. Raises MalformedPayload (a field of the wrong form), KeyError (a
    missing field)."""
    payment_id, dispute_id = _require_match(ids.PAYMENT, dispute["payment_id"]), _require_match(_DISPUTE, dispute["id"])
    respond_by = dispute.get("respond_by")
    reported = Dispute(
        _require_amount(dispute["amount"]),
        _require_match(_CURRENCY, dispute["currency"]),
        status or _dispute_status(dispute["status"]),
        _word(dispute.get("phase")),
        _word(dispute.get("reason_code")),
        None if respond_by is None else _require_time(respond_by),
        _require_amount(dispute.get("amount_deducted") or 0),
        as_of,
    )
    return DisputeReported(payment_id, dispute_id, reported)


def _evidence(event: str, body: Json, payment: Json) -> tuple[GatewayEvidence, ...] | None:
    """The evidence in an event; None for an event type that the product does not use."""
    payload: Any = body.get("payload")
    if event in ("payment.authorized", "payment.captured", "payment.failed", "order.paid"):
        return from_payment(payment)
    if event in _REFUND_STATUS:
        refund = from_refund(payload["refund"]["entity"], _REFUND_STATUS[event])
        of_payment = from_payment(payment)
        # The refund of a payment that was never captured is a voided authorization.
        return (*of_payment, refund) if any(isinstance(each, Captured) for each in of_payment) else of_payment
    if event.startswith(_DISPUTE_PREFIX):
        reported_at = _require_time(body.get("created_at", 0))
        dispute = from_dispute(payload["dispute"]["entity"], _DISPUTE_STATUS.get(event), reported_at)
        return (*from_payment(payment), dispute)
    return None


def _refund_status(refund: Json) -> RefundStatus:
    stated = refund["status"]
    if isinstance(stated, str) and stated in _DOCUMENTED_REFUND_STATUSES:
        return RefundStatus(stated)
    logger().warning("refund status unknown", extra={"refund_id": refund["id"], "refund_status": str(stated)[:64]})
    emit_metrics("refunds", {"refund_statuses_unknown": 1})
    return RefundStatus.UNKNOWN


def _dispute_status(status: Any) -> DisputeStatus:
    known = [each for each in DisputeStatus if each.value == status]
    return known[0] if known else DisputeStatus.UNKNOWN


def _entity(body: Json, name: str) -> Json:
    """An entity of the payload; empty if the payload does not hold it."""
    found: Any = body
    for key in ("payload", name, "entity"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _named_order(body: Json, payment: Json) -> Any:
    """What the payload names as the order of its payment; None if nothing."""
    order_id = payment.get("order_id")
    return _entity(body, "order").get("id") if order_id is None else order_id


def _valid_order_id(order_id: Any) -> str | None:
    return order_id if isinstance(order_id, str) and ids.ORDER.fullmatch(order_id) else None


def _fee_of(payment: Json) -> int | None:
    """The gateway's fee with its tax; None while Razorpay states none, before the capture."""
    fee = payment.get("fee")
    return None if fee is None else _require_amount(fee)


def _tax_of(payment: Json) -> int | None:
    """The tax in the gateway's fee; None while Razorpay states none. One of another form is None too: no rule decides
    by it, so it may not keep a payment from being settled."""
    tax = payment.get("tax")
    return tax if type(tax) is int and 0 <= tax <= _MAX_AMOUNT else None


def _offer_id_of(payment: Json) -> str | None:
    """The offer that reduced the amount; None without one."""
    offer_id = payment.get("offer_id")
    return None if offer_id in (None, "") else _require_match(_OFFER, offer_id)


def _require_evidence(evidence: tuple[GatewayEvidence, ...]) -> tuple[GatewayEvidence, ...]:
    """Raises MalformedPayload when there is none: the payment has a status that is not known."""
    if not evidence:
        raise MalformedPayload
    return evidence


def _was_refunded(payment: Json) -> bool:
    return _require_amount(payment.get("amount_refunded") or 0) > 0


def _require_match(pattern: re.Pattern[str], text: Any) -> str:
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise MalformedPayload
    return text


def _word(text: Any) -> str:
    """Razorpay's word, shortened if it is longer than any documented one; empty when there is none."""
    if text is None:
        return ""
    if not isinstance(text, str):
        raise MalformedPayload
    return text[:_MAX_WORD]


def _require_time(seconds: Any) -> datetime:
    """The time (UTC) of unix seconds."""
    if type(seconds) is not int or not 0 <= seconds <= _MAX_TIME:
        raise MalformedPayload
    return datetime.fromtimestamp(seconds, UTC)


def _require_amount(amount: Any) -> int:
    if type(amount) is not int or not 0 <= amount <= _MAX_AMOUNT:
        raise MalformedPayload
    return amount
