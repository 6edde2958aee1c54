"""What the product promised to its clients by a 2xx response. The checks compare it with the ledger."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Acknowledgement:
    """A response about a payment: `payment_status` is in its history, and `granted` says that the payment granted
    access. `at` is the unix time of the response, as in the other promises."""

    order_id: str
    payment_status: str
    granted: bool
    at: float


@dataclass(frozen=True)
class WebhookAcknowledgement:
    event_id: str
    at: float


@dataclass(frozen=True)
class RefundPromise:
    """A refund that an admin requested with this Idempotency-Key. `amount` None: the whole remaining balance."""

    order_id: str
    idempotency_key: str
    amount: int | None
    at: float


@dataclass(frozen=True)
class HoldRefundPromise:
    """The refund of a payment on hold."""

    order_id: str
    payment_id: str
    at: float


@dataclass(frozen=True)
class AccessPromise:
    """An admin granted access, or revoked it (`granted` False)."""

    user_id: str
    course_id: str
    granted: bool
    at: float


@dataclass(frozen=True)
class LearnerRequestPromise:
    """A learner's request for a refund with this reason was answered with this state."""

    order_id: str
    reason: str
    state: str
    at: float


@dataclass(frozen=True)
class DecisionPromise:
    """An admin's decision about a learner's request with this `reason`, which the admin had read, with this note."""

    order_id: str
    reason: str
    note: str
    approved: bool
    at: float


Promise = (
    Acknowledgement
    | WebhookAcknowledgement
    | RefundPromise
    | HoldRefundPromise
    | AccessPromise
    | LearnerRequestPromise
    | DecisionPromise
)
