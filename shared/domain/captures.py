"""Captured payments, their refunds, and the refunds that admins requested, as values. Amounts in minor units (paise).

How they are stored: shared/db/payments/payment_attributes.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class RefundStatus(StrEnum):
    """https://razorpay.com/docs/api/refunds/entity/ (status)"""

    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"
    REVERSED = "reversed"
    """The bank sent a processed refund back: https://razorpay.com/docs/payments/refunds/faqs/"""
    UNKNOWN = "unknown"
    """A status that Razorpay does not document. It counts as pending."""

    @property
    def is_pending(self) -> bool:
        """Whether the outcome of the refund is not known yet."""
        return self in (RefundStatus.PENDING, RefundStatus.UNKNOWN)

    @property
    def has_failed(self) -> bool:
        """Whether the learner did not get the money, or not for good: the amount is ours again."""
        return self in (RefundStatus.FAILED, RefundStatus.REVERSED)

    def is_after(self, other: "RefundStatus") -> bool:
        """Whether a refund in the status `other` can reach this one. The order is total, so that reports of one refund
        converge in whatever order they arrive."""
        return _REFUND_PROGRESS.index(self) > _REFUND_PROGRESS.index(other)


_REFUND_PROGRESS: Final = (
    RefundStatus.PENDING,
    RefundStatus.UNKNOWN,
    RefundStatus.PROCESSED,
    RefundStatus.FAILED,
    RefundStatus.REVERSED,
)
"""A processed refund may fail, or be reversed, when the bank cannot credit the learner."""


class DisputeStatus(StrEnum):
    """https://razorpay.com/docs/api/disputes/entity/ (status)"""

    OPEN = "open"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"
    """Ended without a decision, for example because the payment was refunded."""
    UNKNOWN = "unknown"
    """A status that Razorpay does not document. It counts as open."""

    @property
    def is_open(self) -> bool:
        """Whether the bank has still to decide."""
        return self not in _ENDED_DISPUTES


_ENDED_DISPUTES: Final = frozenset({DisputeStatus.WON, DisputeStatus.LOST, DisputeStatus.CLOSED})


class AmountRule(StrEnum):
    """Why a capture of another amount than the order's pays for the order."""

    FEE_ON_TOP = "fee_on_top"
    """The learner bears the gateway's fee: the amount is the order's plus the fee."""
    OFFER = "offer"
    """An offer at the gateway reduced the amount."""
    ACCEPTED = "accepted"
    """An admin accepted the amount."""


class ReversalOrigin(StrEnum):
    """The origin of a reversal."""

    DISPUTE = "dispute"
    """Razorpay deducted it for a dispute (chargeback): when the dispute was lost, or already when it was opened."""
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
class Dispute:
    """A dispute (chargeback) of a captured payment by the learner's bank.

    `deducted` is what Razorpay has deducted from our balance for it. `phase` and `reason` are Razorpay's own words.
    `respond_by` (UTC) is the deadline for contesting it. `as_of` (UTC) is the time at which the dispute was in this
    state; in evidence, None stands for now. https://razorpay.com/docs/api/disputes/entity/"""

    amount: int
    currency: str
    status: DisputeStatus
    phase: str = ""
    reason: str = ""
    respond_by: datetime | None = None
    deducted: int = 0
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """An admin's request for a refund of `amount`. `refund_id` is the refund that Razorpay created for it: None before
    it is created, and again after it failed. It is the reference of the manual refund that answered the request
    instead, and a word for a request that is part of the refund of the whole remaining balance. `failed` counts the
    refunds of this request that failed, or that were made of a capture which is not the sale any more, and
    `failed_refunds` are their ids; older requests contain the count only.

    `rejection` is Razorpay's reason for rejecting the latest attempt. A request that was rejected for good is `closed`:
    it is kept, and is not attempted again."""

    amount: int
    refund_id: str | None = None
    failed: int = 0
    rejection: str | None = None
    closed: bool = False
    failed_refunds: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the refund has yet to be created at Razorpay."""
        return self.refund_id is None and not self.closed


Refunds = Mapping[str, Refund]
"""By refund id."""
Reversals = Mapping[str, Reversal]
"""By the id of the dispute, or by the admin's reference of the manual refund."""
Disputes = Mapping[str, Dispute]
"""By dispute id."""
RefundRequests = Mapping[str, RefundRequest]
"""By the key of the request: the same key is the same request."""


@dataclass(frozen=True, slots=True)
class CapturedPayment:
    """A payment that Razorpay captured on an order.

    A capture is `on_hold` if no rule accepts its amount or currency, until an admin accepts or refunds it. It is
    `released` when its refund is decided: by an admin, or because a matching payment is captured. `rejection` is
    Razorpay's reason for rejecting its last refund. The deduction for a dispute is one of the `reversals`, with the id
    of the dispute."""

    amount: int
    currency: str
    refunds: Refunds = field(default_factory=dict)
    reversals: Reversals = field(default_factory=dict)
    on_hold: bool = False
    rejection: str | None = None
    disputes: Disputes = field(default_factory=dict)
    released: bool = False
