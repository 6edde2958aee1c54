"""Captured payments, their refunds, and the refunds that admins requested, as values. Amounts in minor units (paise).

How they are stored: shared/db/payments/payment_attributes.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RefundStatus(StrEnum):
    """https://razorpay.com/docs/api/refunds/entity/ (status)"""

    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


class ReversalOrigin(StrEnum):
    """The origin of a reversal."""

    DISPUTE = "dispute"
    """The bank debited a lost dispute (chargeback)."""
    MANUAL = "hand"
    """An admin paid it back outside of Razorpay."""


@dataclass(frozen=True, slots=True)
class Refund:
    """A refund by Razorpay."""

    amount: int
    status: RefundStatus


@dataclass(frozen=True, slots=True)
class Reversal:
    """Captured money that was returned to the learner without a refund by Razorpay."""

    amount: int
    origin: ReversalOrigin


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """An admin's request for a refund of `amount`. `refund_id` is the refund that Razorpay created for it: None
    before it is created, and again after it failed. `failed` counts the failed refunds of this request."""

    amount: int
    refund_id: str | None = None
    failed: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the refund has yet to be created at Razorpay."""
        return self.refund_id is None


Refunds = Mapping[str, Refund]
"""By refund id."""
Reversals = Mapping[str, Reversal]
"""By the id of the lost dispute, or by the admin's reference of the manual refund."""
RefundRequests = Mapping[str, RefundRequest]
"""By the key of the request: the same key is the same request."""


@dataclass(frozen=True, slots=True)
class CapturedPayment:
    """A payment that Razorpay captured on an order.

    A capture is `on_hold` if its amount or currency differs from the order. It is refunded when an admin requests it,
    or when a matching payment is captured. `rejection` is Razorpay's reason for rejecting its last refund."""

    amount: int
    currency: str
    refunds: Refunds = field(default_factory=dict)
    reversals: Reversals = field(default_factory=dict)
    on_hold: bool = False
    rejection: str | None = None
