"""What a webhook event says, as evidence. Razorpay's payloads: https://razorpay.com/docs/webhooks/payloads/"""

import re
from dataclasses import dataclass
from typing import Any, Final

from functions.payments.evidence import (
    AttemptFailed,
    Authorized,
    Captured,
    DisputeLost,
    Evidence,
    NotCaptured,
    Refunded,
    RefundStatus,
)
from shared import ids

Json = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """An event's type, the order it is about (None: not about an order), and what it proves, in order."""

    event: str
    order_id: str | None
    evidence: tuple[Evidence, ...]


class Malformed(ValueError):
    """The payload is not what Razorpay documents for its event."""


_EVENT: Final = re.compile(r"[a-z_.]{1,64}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_DISPUTE: Final = re.compile(r"disp_[A-Za-z0-9]{1,32}")
_MOST: Final = 10**15
_REFUND_STATUS: Final = {
    "refund.created": None,
    "refund.processed": RefundStatus.PROCESSED,
    "refund.failed": RefundStatus.FAILED,
}


def read(body: Any) -> Message:
    """Raises Malformed. An event type we have no use for gives no evidence."""
    try:
        event = _like(_EVENT, body["event"])
        payment = body.get("payload", {}).get("payment", {}).get("entity")
        order_id = _order_of(body, payment)
        return Message(event, order_id, _evidence(event, body["payload"], payment) if order_id else ())
    except (KeyError, TypeError, AttributeError, ValueError) as wrong:
        raise Malformed from wrong


def of_payment(payment: Json) -> tuple[Evidence, ...]:
    """What a payment entity proves, by its status: the same for webhooks and for what we fetch."""
    payment_id, amount = _like(ids.PAYMENT, payment["id"]), _whole(payment["amount"])
    currency = _like(_CURRENCY, payment["currency"])
    match payment["status"]:
        case "captured":
            return (Captured(payment_id, amount, currency, _was_refunded(payment)),)
        case "refunded" if payment.get("captured"):
            return (Captured(payment_id, amount, currency, _was_refunded(payment)),)
        case "refunded":
            return (NotCaptured(payment_id),)
        case "authorized":
            return (Authorized(payment_id, amount, currency),)
        case "failed":
            return (AttemptFailed(payment_id),)
        case _:
            return ()


def of_refund(refund: Json, status: RefundStatus | None = None, request: str | None = None) -> Refunded:
    """What a refund entity proves. `status` is the event's word, where the entity may be an older picture; `request`
    is the key of the request that it answers."""
    said = status or RefundStatus(refund["status"])
    payment_id, refund_id = _like(ids.PAYMENT, refund["payment_id"]), _like(ids.REFUND, refund["id"])
    return Refunded(payment_id, refund_id, _whole(refund["amount"]), said, request)


def _evidence(event: str, payload: Json, payment: Json) -> tuple[Evidence, ...]:
    if event in ("payment.authorized", "payment.captured", "payment.failed", "order.paid"):
        return of_payment(payment)
    if event in _REFUND_STATUS:
        refund = of_refund(payload["refund"]["entity"], _REFUND_STATUS[event])
        proven = of_payment(payment)
        return (*proven, refund) if any(isinstance(each, Captured) for each in proven) else proven
    if event == "payment.dispute.lost":
        return (*of_payment(payment), _lost(payload["dispute"]["entity"]))
    return ()


def _lost(dispute: Json) -> DisputeLost:
    """https://razorpay.com/docs/api/disputes/entity/ (amount_deducted is 0 until the money is taken)"""
    payment_id, dispute_id = _like(ids.PAYMENT, dispute["payment_id"]), _like(_DISPUTE, dispute["id"])
    return DisputeLost(payment_id, dispute_id, _whole(dispute.get("amount_deducted") or dispute["amount"]))


def _order_of(body: Json, payment: Json | None) -> str | None:
    order_id = payment.get("order_id") if payment else None
    if order_id is None:
        order_id = body.get("payload", {}).get("order", {}).get("entity", {}).get("id")
    return order_id if isinstance(order_id, str) and ids.ORDER.fullmatch(order_id) else None


def _was_refunded(payment: Json) -> bool:
    return _whole(payment.get("amount_refunded") or 0) > 0


def _like(pattern: re.Pattern[str], text: Any) -> str:
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise Malformed
    return text


def _whole(amount: Any) -> int:
    if type(amount) is not int or not 0 <= amount <= _MOST:
        raise Malformed
    return amount
