"""Kinds and sources of the entries in the event history and the webhook inbox.

Every value is stored in the table. A value is never changed or removed, because old entries contain it. Member names
are not stored and may be renamed.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class EvidenceKind(StrEnum):
    """The kind of evidence that `settle` applied to an order. Each class of evidence declares its kind."""

    SIGNED_CHECKOUT = "SignedCheckout"
    AUTHORIZED = "Authorized"
    CAPTURED = "Captured"
    ATTEMPT_FAILED = "AttemptFailed"
    NO_PAYMENT_FOUND = "NothingPaid"
    AUTHORIZATION_VOIDED = "NotCaptured"
    REFUNDED = "Refunded"
    REFUND_REQUESTED = "RefundRequested"
    REFUNDS_UNCHANGED = "NothingNew"
    """Older entries only: POLL_COMPLETED replaced it."""
    REFUND_REJECTED = "RefundRefused"
    DISPUTE_LOST = "DisputeLost"
    """Not written any more: DISPUTE_REPORTED replaced it."""
    MANUAL_REFUND = "ReturnedByHand"
    HOLD_ACCEPTED = "hold_accepted"
    POLL_COMPLETED = "poll_completed"
    DISPUTE_REPORTED = "dispute_reported"
    LEARNER_REQUEST_OPENED = "learner_request_opened"
    """Also approved, if the seller's rule approves requests."""
    LEARNER_REQUEST_WITHDRAWN = "learner_request_withdrawn"
    LEARNER_REQUEST_DECIDED = "learner_request_decided"
    """Approved or declined by an admin."""


class ChangeKind(StrEnum):
    """The kind of a change to an order or an enrollment that was not caused by payment evidence."""

    ORDER_CREATED = "order_created"
    ORDER_RESUMED = "order_resumed"
    ORDER_ADOPTED = "order_adopted"
    ORDER_SUPERSEDED = "superseded"
    ENROLLED = "enrolled"
    COUPON_REDEEMED = "coupon_redeemed"
    """A coupon made the course free: create-order activated the enrollment without an order."""
    WITHDRAWN = "withdrawn"
    ENROLLMENT_EXPIRED = "expired"
    """The order window of a pending enrollment without an order ended. An expired order has the kind
    NO_PAYMENT_FOUND."""
    COMPLETED = "completed"
    ADMIN_GRANTED = "admin_granted"
    """An admin granted access. Entries written before this kind existed hold the admin's note in its place."""
    ADMIN_REVOKED = "admin_revoked"
    """An admin revoked access. On a payment: the evidence `AccessRevoked`, which starts its refund. Older entries: see
    ADMIN_GRANTED."""


HistoryKind = EvidenceKind | ChangeKind


class Source(StrEnum):
    """The actor or entry point that caused a change."""

    LEARNER = "learner"
    """A request by the learner: enroll, create an order, withdraw, complete a lesson."""
    GATEWAY = "gateway"
    """An orphaned order: it existed at Razorpay, but not in the table."""
    CHECKOUT = "checkout"
    """The browser, with the signature from Razorpay Checkout."""
    WEBHOOK = "webhook"
    SWEEP = "sweep"
    RECONCILIATION = "reconciliation"
    """The scheduled reconciliation, or the `recover` command."""
    ADMIN = "admin"


class InboxOutcome(StrEnum):
    """The outcome of a webhook event that changed nothing. For an event that was settled, the inbox stores the
    EvidenceKind that was applied last."""

    IGNORED = "ignored"
    """The event holds no evidence: its type is not used, or it names no order."""
    NOT_OURS = "not_ours"
    """The order belongs to none of our payments, even after fetching it from Razorpay."""
    MALFORMED = "malformed"
    """The event could not be read. Its body is kept until it is replayed (functions/payments/webhook_replay.py)."""


KINDS_BY_ADMIN: Final[frozenset[HistoryKind]] = frozenset(
    {
        ChangeKind.ADMIN_GRANTED,
        ChangeKind.ADMIN_REVOKED,
        EvidenceKind.REFUND_REQUESTED,
        EvidenceKind.MANUAL_REFUND,
        EvidenceKind.HOLD_ACCEPTED,
        EvidenceKind.LEARNER_REQUEST_DECIDED,
    }
)
"""Every kind that may have the source `admin`. In an older entry with that source, any other text is a note."""


@dataclass(frozen=True)
class Cause:
    """The cause of a change: its kind, its source, and the reason of an admin as free text.

    The note is for admins and is not shown to the learner. Raises ValueError for a change by an admin whose kind is not
    in KINDS_BY_ADMIN, because its entry would be read as an older one (shared/db/entities/history.py)."""

    kind: HistoryKind
    source: Source
    note: str | None = None

    def __post_init__(self) -> None:
        if self.source is Source.ADMIN and self.kind not in KINDS_BY_ADMIN:
            raise ValueError(f"an admin cannot be the source of {self.kind}")
