"""What can be known about an order, whoever tells: browser, webhook, sweep or admin. Amounts in minor units.

https://razorpay.com/docs/payments/payments/ (states), https://razorpay.com/docs/webhooks/payloads/ (events)
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from shared.history_kinds import EvidenceKind


@dataclass(frozen=True, slots=True)
class SignedCheckout:
    """The browser brought a signature that only Razorpay could make: the payment is authorised, at least."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.SIGNED_CHECKOUT

    payment_id: str


@dataclass(frozen=True, slots=True)
class Authorized:
    """The gateway says so: the money is reserved and not ours yet."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.AUTHORIZED

    payment_id: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Captured:
    """The gateway says so: the money is ours. There is `more` to be heard: refunds of it, or other money."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.CAPTURED

    payment_id: str
    amount: int
    currency: str
    has_pending_evidence: bool = False


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """One attempt failed. The order stays open: Razorpay allows many attempts on one order."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.ATTEMPT_FAILED

    payment_id: str


@dataclass(frozen=True, slots=True)
class NoPaymentFound:
    """The gateway was asked and knows of no money on the order."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.NO_PAYMENT_FOUND


@dataclass(frozen=True, slots=True)
class AuthorizationVoided:
    """The authorised money went back without having been captured, and can no longer be."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.AUTHORIZATION_VOIDED

    payment_id: str


class RefundStatus(StrEnum):
    PENDING = "pending"
    PROCESSED = "processed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Refunded:
    """A refund of a captured payment, of `amount`; `request` is the key of the request that it answers."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.REFUNDED

    payment_id: str
    refund_id: str
    amount: int
    status: RefundStatus
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class RefundRequested:
    """An admin wants `amount` given back (None: all that is left). The same `key` is the same request. `payment_id` is
    told when it is not the payment that counts."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.REFUND_REQUESTED

    key: str
    amount: int | None
    payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class RefundsUnchanged:
    """The gateway was asked for refunds, and all that it told is known here."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.REFUNDS_UNCHANGED


@dataclass(frozen=True, slots=True)
class RefundRejected:
    """The gateway will not make a refund: the one with the key `request`, or (None) of all that is left. `why` is its
    own description."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.REFUND_REJECTED

    payment_id: str
    request_key: str | None
    description: str


@dataclass(frozen=True, slots=True)
class DisputeLost:
    """The bank took `amount` of a captured payment back."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.DISPUTE_LOST

    payment_id: str
    dispute_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class ManualRefund:
    """An admin returned `amount` of a captured payment without the gateway. The same `reference` is the same return."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.MANUAL_REFUND

    payment_id: str
    reference: str
    amount: int


Evidence = (
    SignedCheckout
    | Authorized
    | Captured
    | AttemptFailed
    | NoPaymentFound
    | AuthorizationVoided
    | Refunded
    | RefundRequested
    | RefundsUnchanged
    | RefundRejected
    | DisputeLost
    | ManualRefund
)
