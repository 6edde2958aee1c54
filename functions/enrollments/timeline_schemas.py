"""The timeline as it goes out. Its names are its own: what the table stores may change beneath it."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.history_kinds import Source
from shared.schemas import Out, UtcTime


class TimelineQuery(BaseModel):
    """`user_id` is for admins: whose enrollment. A student sees their own."""

    model_config = ConfigDict(extra="forbid")

    user_id: str | None = Field(None, max_length=64)


class TimelineKind(StrEnum):
    """What happened. Each member is the public name of the stored kind that has the same member name."""

    SIGNED_CHECKOUT = "signed_checkout"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    ATTEMPT_FAILED = "attempt_failed"
    NO_PAYMENT_FOUND = "no_payment_found"
    AUTHORIZATION_VOIDED = "authorization_voided"
    REFUNDED = "refunded"
    REFUND_REQUESTED = "refund_requested"
    REFUNDS_UNCHANGED = "refunds_unchanged"
    REFUND_REJECTED = "refund_rejected"
    DISPUTE_LOST = "dispute_lost"
    MANUAL_REFUND = "manual_refund"
    ORDER_CREATED = "order_created"
    ORDER_RESUMED = "order_resumed"
    ORDER_ADOPTED = "order_adopted"
    ORDER_SUPERSEDED = "order_superseded"
    ENROLLED = "enrolled"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    COMPLETED = "completed"
    ADMIN_GRANTED = "admin_granted"
    ADMIN_REVOKED = "admin_revoked"


class TimelineRefundOut(Out):
    """A refund of `payment_id` at the gateway, with its status after the step: `pending`, `processed` or `failed`."""

    id: str
    payment_id: str
    amount: int
    status: Literal["pending", "processed", "failed"]


class TimelineReversalOut(Out):
    """Money of `payment_id` that went back without a refund at the gateway: `by` is `dispute` (`id` is the dispute's)
    or `hand` (`id` is the admin's reference)."""

    id: str
    payment_id: str
    amount: int
    by: Literal["dispute", "hand"]


class TimelineCaptureOut(Out):
    """A payment that was captured on the order besides the one that counts. It is refunded whole; one on hold came with
    another amount or currency than the order's, and waits until an admin refunds it."""

    payment_id: str
    amount: int
    currency: str
    on_hold: bool


class TimelineEventOut(Out):
    """One step of the enrollment, or of a payment made for it (`subject`). Amounts are in the minor unit of `currency`.

    `status` to `certificate_id` are the state after the step; null where it has no such value. `refunds`,
    `other_reversals` and `extra_payments` list only what the step added or changed. `order_id` is, for an enrollment,
    the order it last waited for. `granted_by` is the basis of access: an order id, `free` or `admin`. `amount` is the
    price of the order. `note` (the reason that an admin gave) and `refund_error` (why the gateway rejected the last
    refund) are null for everybody but admins."""

    at: UtcTime
    subject: Literal["enrollment", "payment"]
    kind: TimelineKind
    source: Source
    order_id: str | None
    status: EnrollmentStatus | PaymentStatus | None
    reason: StatusReason | None
    granted_by: str | None
    payment_id: str | None
    amount: int | None
    currency: str | None
    captured_amount: int | None
    refunded_amount: int | None
    certificate_id: str | None
    refunds: list[TimelineRefundOut]
    other_reversals: list[TimelineReversalOut]
    extra_payments: list[TimelineCaptureOut]
    note: str | None
    refund_error: str | None


class TimelineOut(Out):
    items: list[TimelineEventOut]
