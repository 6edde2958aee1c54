"""What the history and the webhook inbox record: the kind of each step, its source, and an admin's note.

Every value is stored in the table. A value is never changed or removed, because old entries carry it; the name of a
member may follow the language of the code.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class EvidenceKind(StrEnum):
    """The kind of evidence that `settle` applied to an order. Each class of evidence names its own."""

    SIGNED_CHECKOUT = "SignedCheckout"
    AUTHORIZED = "Authorized"
    CAPTURED = "Captured"
    ATTEMPT_FAILED = "AttemptFailed"
    NO_PAYMENT_FOUND = "NothingPaid"
    AUTHORIZATION_VOIDED = "NotCaptured"
    REFUNDED = "Refunded"
    REFUND_REQUESTED = "RefundRequested"
    REFUNDS_UNCHANGED = "NothingNew"
    REFUND_REJECTED = "RefundRefused"
    DISPUTE_LOST = "DisputeLost"
    MANUAL_REFUND = "ReturnedByHand"


class ChangeKind(StrEnum):
    """A change of an order or an enrollment that rests on no evidence about money."""

    ORDER_CREATED = "order_created"
    ORDER_RESUMED = "order_resumed"
    ORDER_ADOPTED = "order_adopted"
    ORDER_SUPERSEDED = "superseded"
    ENROLLED = "enrolled"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """The window of a pending enrollment without an order ended."""
    COMPLETED = "completed"
    ADMIN_GRANTED = "admin_granted"
    """An admin gave access. Entries written before this kind existed hold the admin's note in its place."""
    ADMIN_REVOKED = "admin_revoked"
    """An admin took access; on the payment, the refund that this started. Older entries: as for ADMIN_GRANTED."""


HistoryKind = EvidenceKind | ChangeKind


class Source(StrEnum):
    """Who caused a step."""

    LEARNER = "learner"
    """A request of the learner's: enroll, create an order, withdraw, complete a lesson."""
    GATEWAY = "gateway"
    """An order that Razorpay knew and the table did not."""
    CHECKOUT = "checkout"
    """The browser, with the signature that Razorpay's Checkout gave it."""
    WEBHOOK = "webhook"
    SWEEP = "sweep"
    ADMIN = "admin"


class InboxOutcome(StrEnum):
    """What became of a webhook event that changed nothing. Of one that was settled, the inbox stores the EvidenceKind
    that was applied last."""

    IGNORED = "ignored"
    """No evidence in it: an event type without a use, or without an order."""
    NOT_OURS = "not_ours"
    """Its order belongs to no payment of ours, also after Razorpay was asked for it."""
    MALFORMED = "malformed"


KINDS_BY_ADMIN: Final[frozenset[HistoryKind]] = frozenset(
    {
        ChangeKind.ADMIN_GRANTED,
        ChangeKind.ADMIN_REVOKED,
        EvidenceKind.REFUND_REQUESTED,
        EvidenceKind.MANUAL_REFUND,
    }
)
"""Every kind that may have the source `admin`. Any other text in an older entry of an admin's is a note."""


@dataclass(frozen=True)
class Cause:
    """Why a step is taken: its kind, who caused it, and the free text that an admin gave as the reason.

    The note is for admins: it is not shown to the learner. Raises ValueError for an admin's step of a kind that is not
    in KINDS_BY_ADMIN, since its entry would be read as an older one (shared/db/entities/history.py)."""

    kind: HistoryKind
    source: Source
    note: str | None = None

    def __post_init__(self) -> None:
        if self.source is Source.ADMIN and self.kind not in KINDS_BY_ADMIN:
            raise ValueError(f"an admin causes no {self.kind}")
