"""Evidence: one fact about an order, from any source (browser, webhook, sweep, admin). Amounts in minor units (paise).

https://razorpay.com/docs/payments/payments/ (states), https://razorpay.com/docs/webhooks/payloads/ (events)
"""

from dataclasses import dataclass
from typing import ClassVar

from shared.domain.captures import Dispute, RefundStatus
from shared.domain.learner_requests import RefundTerms
from shared.history_kinds import ChangeKind, EvidenceKind


@dataclass(frozen=True, slots=True)
class SignedCheckout:
    """The browser presented a signature that only Razorpay can create: the payment is authorized, or captured."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.SIGNED_CHECKOUT

    payment_id: str


@dataclass(frozen=True, slots=True)
class Authorized:
    """Razorpay reports the payment as authorized: the amount is reserved, and not captured yet. `fee` is the gateway's
    fee with tax, None while Razorpay states none; `offer_id` is the offer that reduced the amount."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.AUTHORIZED

    payment_id: str
    amount: int
    currency: str
    fee: int | None = None
    offer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """Razorpay reports the payment as captured. `has_pending_evidence` announces more evidence that the same source
    applies next: refunds of this payment, or another payment on the order. `fee` and `offer_id` as in Authorized; `tax`
    is the part of the fee that is tax, None while Razorpay states none."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.CAPTURED

    payment_id: str
    amount: int
    currency: str
    has_pending_evidence: bool = False
    fee: int | None = None
    offer_id: str | None = None
    tax: int | None = None


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """One attempt to pay failed. The order stays open: Razorpay allows many attempts on one order."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.ATTEMPT_FAILED

    payment_id: str


@dataclass(frozen=True, slots=True)
class NoPaymentFound:
    """Razorpay was polled and reports no payment on the order that could grant the course: none is authorized, and
    none of the order's amount is captured."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.NO_PAYMENT_FOUND


@dataclass(frozen=True, slots=True)
class PollCompleted:
    """Razorpay was polled about the order, and all evidence in its answer is applied. `authorized` are the ids of the
    payment attempts that it lists as authorized, `ended` those of the attempts that it lists as captured, voided or
    failed. An attempt in another status, or one that it does not list, is in neither: its lists may lag behind."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.POLL_COMPLETED

    authorized: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AuthorizationVoided:
    """The authorization ended without a capture, and the payment can no longer be captured."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.AUTHORIZATION_VOIDED

    payment_id: str


@dataclass(frozen=True, slots=True)
class Refunded:
    """Razorpay reports a refund of `amount` of a captured payment. `request_key` is the key of the refund request that
    the refund was created for; None when the source does not know it."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.REFUNDED

    payment_id: str
    refund_id: str
    amount: int
    status: RefundStatus
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class RefundRequested:
    """An admin requests a refund of `amount` (None: the whole remaining balance). The same `key` is the same request.
    `payment_id` is given only for a payment on hold, which is not the primary capture."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.REFUND_REQUESTED

    key: str
    amount: int | None
    payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class RefundRejected:
    """Razorpay rejected a refund: that of the request `request_key`, or (None) of the whole remaining balance.
    `description` is Razorpay's own. `is_final`: the same request can never be accepted; otherwise it may be later, for
    example when the account has enough balance."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.REFUND_REJECTED

    payment_id: str
    request_key: str | None
    description: str
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class DisputeReported:
    """Razorpay reports the state of a dispute (chargeback) of a captured payment."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.DISPUTE_REPORTED

    payment_id: str
    dispute_id: str
    dispute: Dispute


@dataclass(frozen=True, slots=True)
class ManualRefund:
    """An admin paid `amount` of a captured payment back outside of Razorpay. The same `reference` is the same
    refund. `request_key` is the key of the refund request that it answers, whatever its amount; None when the admin
    names none."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.MANUAL_REFUND

    payment_id: str
    reference: str
    amount: int
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class HoldAccepted:
    """An admin accepts a captured payment on hold. `instructor_id` is that of the order's course, and `learner_name`
    that of its learner, for a new enrollment: the caller has read both."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.HOLD_ACCEPTED

    payment_id: str
    instructor_id: str
    learner_name: str = ""


@dataclass(frozen=True, slots=True)
class AccessRevoked:
    """An admin revoked the access that the payment granted. `note` is the admin's reason, for the history."""

    kind: ClassVar[ChangeKind] = ChangeKind.ADMIN_REVOKED

    note: str


@dataclass(frozen=True, slots=True)
class LearnerRequestOpened:
    """The learner requests a refund of the payment, with a reason. `progress` is the percentage of lessons that were
    completed when the request was received, and `terms` are the seller's at that moment."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.LEARNER_REQUEST_OPENED

    reason: str
    progress: int
    terms: RefundTerms


@dataclass(frozen=True, slots=True)
class LearnerRequestWithdrawn:
    """The learner takes the open request back."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.LEARNER_REQUEST_WITHDRAWN


@dataclass(frozen=True, slots=True)
class LearnerRequestDecided:
    """An admin approves or declines the open request with this `number`. The learner reads the `note`."""

    kind: ClassVar[EvidenceKind] = EvidenceKind.LEARNER_REQUEST_DECIDED

    number: int
    approved: bool
    admin_id: str
    note: str


GatewayEvidence = Authorized | Captured | AttemptFailed | AuthorizationVoided | Refunded | DisputeReported
"""What a payment, refund or dispute entity of Razorpay proves."""

RefundEvidence = Refunded | RefundRequested | RefundRejected | ManualRefund
"""About money that is returned to the learner."""

LearnerRequestEvidence = LearnerRequestOpened | LearnerRequestWithdrawn | LearnerRequestDecided
"""About a learner's request for a refund."""

Evidence = (
    SignedCheckout
    | Authorized
    | Captured
    | AttemptFailed
    | NoPaymentFound
    | PollCompleted
    | AuthorizationVoided
    | RefundEvidence
    | LearnerRequestEvidence
    | DisputeReported
    | HoldAccepted
    | AccessRevoked
)
