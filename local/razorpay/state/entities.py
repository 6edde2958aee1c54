"""Orders, payments and refunds: their state, and their JSON in Razorpay's API.

Amounts are integers in the currency's minor unit (paise for INR), times are unix seconds.
"""

from dataclasses import dataclass, field
from typing import Any

Wire = dict[str, Any]
RETURNED = ("failed", "reversed")
"""The statuses of a refund whose money returned to the merchant."""


def wire_notes(notes: dict[str, str]) -> dict[str, str] | list[str]:
    """Notes in Razorpay's JSON: empty notes are an empty list, not an object."""
    return dict(notes) if notes else []


@dataclass
class Order:
    id: str
    amount: int
    currency: str
    receipt: str | None
    notes: dict[str, str]
    created_at: int
    capture: str = "default"  # automatic | manual | default (the setting of the account)
    manual_expiry_minutes: int | None = None
    automatic_expiry_minutes: int | None = None
    status: str = "created"  # created > attempted > paid
    attempts: int = 0
    amount_paid: int = 0
    discount: int = 0  # what offers took off the amount at the checkout
    payment_ids: list[str] = field(default_factory=list)

    def entity(self) -> Wire:
        return {
            "id": self.id,
            "entity": "order",
            "amount": self.amount,
            "amount_paid": self.amount_paid,
            "amount_due": self.amount_due(),
            "currency": self.currency,
            "receipt": self.receipt,
            "offer_id": None,
            "status": self.status,
            "attempts": self.attempts,
            "notes": wire_notes(self.notes),
            "created_at": self.created_at,
        }

    def amount_due(self) -> int:
        return max(self.amount - self.amount_paid - self.discount, 0)


@dataclass
class Payment:
    id: str
    order_id: str | None  # None: a payment of another product, for example by QR code
    amount: int
    currency: str
    created_at: int
    method: str = "upi"
    email: str = "learner@example.com"
    contact: str = "+919876543210"
    notes: dict[str, str] = field(default_factory=dict)
    status: str = "created"  # created > authorized > captured > refunded; failed, which may still be authorized
    captured: bool = False
    amount_refunded: int = 0
    fee: int | None = None
    tax: int | None = None
    offer_id: str | None = None
    discount: int = 0  # what the offer took off the amount of the order
    customer_fee: int = 0  # Razorpay's fee, when the customer bears it: part of `amount`
    captured_at: int | None = None
    error: dict[str, str] | None = None  # code, description, source, step, reason
    late_outcome: str | None = None  # the outcome of a scheduled late success: authorized | captured
    refund_ids: list[str] = field(default_factory=list)
    webhooks: bool = True

    def entity(self) -> Wire:
        error = self.error or {}
        card = self.method == "card"
        return {
            "id": self.id,
            "entity": "payment",
            "amount": self.amount,
            "currency": self.currency,
            "base_amount": self.amount,
            "status": self.status,
            "order_id": self.order_id,
            "offer_id": self.offer_id,
            "invoice_id": None,
            "international": False,
            "method": self.method,
            "amount_refunded": self.amount_refunded,
            "amount_transferred": 0,
            "refund_status": self.refund_status(),
            "captured": self.captured,
            "description": None,
            "card_id": "card_" + self.id[4:] if card else None,
            "bank": "HDFC" if self.method == "netbanking" else None,
            "wallet": "payzapp" if self.method == "wallet" else None,
            "vpa": "success@razorpay" if self.method == "upi" else None,
            "email": self.email,
            "contact": self.contact,
            "notes": wire_notes(self.notes),
            "fee": self.fee,
            "tax": self.tax,
            "error_code": error.get("code"),
            "error_description": error.get("description"),
            "error_source": error.get("source"),
            "error_step": error.get("step"),
            "error_reason": error.get("reason"),
            "acquirer_data": {"rrn": str(self.created_at).zfill(12)} if self.method == "upi" else {},
            "created_at": self.created_at,
        }

    def offers(self) -> Wire:
        """The member `offers` of a payment that was fetched with `expand[]=offers`."""
        items = [{"id": self.offer_id}] if self.offer_id else []
        return {"entity": "collection", "count": len(items), "items": items}

    def refund_status(self) -> str | None:
        if self.amount_refunded == 0:
            return None
        return "full" if self.amount_refunded >= self.amount else "partial"


@dataclass
class Refund:
    id: str
    payment_id: str
    amount: int
    currency: str
    created_at: int
    notes: dict[str, str] = field(default_factory=dict)
    receipt: str | None = None
    speed: str = "normal"
    status: str = "pending"  # pending > processed | failed; processed > failed | reversed; or undocumented
    of_captured: bool = True  # False: an automatic refund of a payment that was never captured
    processed_at: int | None = None
    returned_at: int | None = None  # when the money of a failed or reversed refund returned

    @property
    def returned(self) -> bool:
        return self.status in RETURNED

    def entity(self) -> Wire:
        return {
            "id": self.id,
            "entity": "refund",
            "amount": self.amount,
            "currency": self.currency,
            "payment_id": self.payment_id,
            "notes": wire_notes(self.notes),
            "receipt": self.receipt,
            "acquirer_data": {"arn": "10000000000000" if self.status == "processed" else None},
            "created_at": self.created_at,
            "batch_id": None,
            "status": self.status,
            "speed_processed": "normal",
            "speed_requested": self.speed,
        }
