"""Query and response of the timeline. Its names are independent of the stored names, so that either may change."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.domain.captures import DisputeStatus
from shared.domain.learner_requests import ClosedBy, RequestState
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus
from shared.history_kinds import Source
from shared.public_names import PublicReason, ReversalKind
from shared.schemas import Out, UtcTime


class TimelineQuery(BaseModel):
    """`user_id` is for admins and selects the learner. Students see their own timeline."""

    model_config = ConfigDict(extra="forbid")

    user_id: str | None = Field(None, max_length=64)


class TimelineKind(StrEnum):
    """The kind of an event. The member names equal those of the stored kinds (shared/history_kinds.py); the values are
    their public names."""

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
    HOLD_ACCEPTED = "hold_accepted"
    POLL_COMPLETED = "poll_completed"
    DISPUTE_REPORTED = "dispute_reported"
    LEARNER_REQUEST_OPENED = "learner_request_opened"
    LEARNER_REQUEST_WITHDRAWN = "learner_request_withdrawn"
    LEARNER_REQUEST_DECIDED = "learner_request_decided"
    ORDER_CREATED = "order_created"
    ORDER_RESUMED = "order_resumed"
    ORDER_ADOPTED = "order_adopted"
    ORDER_SUPERSEDED = "order_superseded"
    ENROLLED = "enrolled"
    COUPON_REDEEMED = "coupon_redeemed"
    WITHDRAWN = "withdrawn"
    ENROLLMENT_EXPIRED = "expired"
    COMPLETED = "completed"
    ADMIN_GRANTED = "admin_granted"
    ADMIN_REVOKED = "admin_revoked"


class TimelineRefundOut(Out):
    """A refund of the payment `payment_id` at the gateway, with its status after the step."""

    id: str
    payment_id: str
    amount: int
    status: Literal["pending", "processed", "failed", "reversed", "unknown"]


class TimelineReversalOut(Out):
    """A reversal of the payment `payment_id` other than a refund at the gateway: a deduction for a dispute (`id` is the
    id of the dispute) or a manual refund (`id` is the admin's reference)."""

    id: str
    payment_id: str
    amount: int
    kind: ReversalKind


class TimelineDisputeOut(Out):
    """A dispute (chargeback) of the payment `payment_id`, as the step left it. `phase` is the gateway's word;
    `deducted` is what the gateway has deducted for it, in the minor unit of `currency`."""

    id: str
    payment_id: str
    amount: int
    currency: str
    status: DisputeStatus
    phase: str
    deducted: int


class TimelineCaptureOut(Out):
    """An extra payment captured on the order. It is refunded in full. If no rule accepts its amount or currency, it is
    `on_hold` until an admin accepts or refunds it, or a matching payment is captured."""

    payment_id: str
    amount: int
    currency: str
    on_hold: bool


class TimelineRequestOut(Out):
    """The learner's request for a refund as the step left it. `note` is the admin's text for the learner; `closed_by`
    is what closed the request without a decision."""

    state: RequestState
    reason: str
    progress: int
    note: str | None = None
    closed_by: ClosedBy | None = None


class TimelineEventOut(Out):
    """One step of the enrollment, or of a payment made for it (`subject`). Amounts are in the minor unit of `currency`.

    The fields from `status` to `certificate_id` hold the state after the step, or null. `refunds`, `other_reversals`,
    `disputes` and `extra_payments` list only the entries that the step added or changed; `learner_request` is null
    unless the step changed it. `order_id` of an enrollment is
    the order that it waits for. `granted_by` is the basis of access: an order id, `free` or `admin`. `amount` is the
    price of the order. `note` (an admin's note) and `refund_error` (the gateway's reason for rejecting the last refund)
    are null except for admins."""

    at: UtcTime
    subject: Literal["enrollment", "payment"]
    kind: TimelineKind
    source: Source
    order_id: str | None
    status: EnrollmentStatus | PaymentStatus | None
    reason: PublicReason
    granted_by: str | None
    payment_id: str | None
    amount: int | None
    currency: str | None
    captured_amount: int | None
    refunded_amount: int | None
    certificate_id: str | None
    refunds: list[TimelineRefundOut]
    other_reversals: list[TimelineReversalOut]
    disputes: list[TimelineDisputeOut]
    extra_payments: list[TimelineCaptureOut]
    learner_request: TimelineRequestOut | None
    note: str | None
    refund_error: str | None


class TimelineOut(Out):
    items: list[TimelineEventOut]
