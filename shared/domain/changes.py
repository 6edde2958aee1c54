"""A state change of a payment or an enrollment, as a typed value. An omitted field keeps its value; None removes the
value.

How the fields are stored: shared/db/payments/payment_attributes.py, shared/db/enrollments/enrollment_attributes.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import Any, Final

from shared.domain.buyer import NO_DETAILS, Buyer
from shared.domain.captures import AmountRule, CapturedPayment, Disputes, RefundRequests, Refunds, Reversals
from shared.domain.coupons import CouponState
from shared.domain.learner_requests import LearnerRequest
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason


class Unchanged(Enum):
    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED
"""The value of an omitted field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChanges:
    """The changes of a payment by one step. Amounts are in minor units; a map replaces the whole stored map.

    `refunds`, `reversals` and `disputes` are those of the primary capture, `extra_captures` every other capture on the
    order, by payment id. `refund_error` is Razorpay's reason for rejecting the last refund of the primary capture.
    `refund_rejected_since` is the time (UTC) of the first rejection of a refund that is still due, None when none is.
    `voided_payment_ids` are the attempts whose authorization was voided. `unresolved_payments` are attempts other than
    the primary one that may have succeeded, with the time (UTC) at which each was first reported. `amount_rule`
    explains a primary capture of another amount than the order's. `gateway_fee` is what Razorpay charges for the
    primary capture, and `gateway_tax` the tax in it. `instructor_id` is set when the course of an orphaned order is
    known again. `coupon_state` is the state of the order's claim on its coupon, and `coupon_due` the state that it
    should have while the coupon cannot be written: `shared/settlement/rules/coupon_rules.py` derives both from the
    status; no rule sets them. `learner_request` is the learner's latest request for a refund. `next_poll_at` is the
    time of the next poll by the sweep; None when the order needs no further poll."""

    status: PaymentStatus | Unchanged = UNCHANGED
    reason: StatusReason | Unchanged | None = UNCHANGED
    payment_id: str | Unchanged = UNCHANGED
    captured_amount: int | Unchanged = UNCHANGED
    captured_at: datetime | Unchanged = UNCHANGED
    refunded_amount: int | Unchanged = UNCHANGED
    refunds: Refunds | Unchanged = UNCHANGED
    refund_requests: RefundRequests | Unchanged = UNCHANGED
    refund_error: str | Unchanged = UNCHANGED
    refund_rejected_since: datetime | Unchanged | None = UNCHANGED
    reversals: Reversals | Unchanged = UNCHANGED
    disputes: Disputes | Unchanged = UNCHANGED
    extra_captures: Mapping[str, CapturedPayment] | Unchanged = UNCHANGED
    voided_payment_ids: tuple[str, ...] | Unchanged = UNCHANGED
    unresolved_payments: Mapping[str, datetime] | Unchanged = UNCHANGED
    amount_rule: AmountRule | Unchanged | None = UNCHANGED
    gateway_fee: int | Unchanged = UNCHANGED
    gateway_tax: int | Unchanged = UNCHANGED
    instructor_id: str | Unchanged = UNCHANGED
    coupon_state: CouponState | Unchanged = UNCHANGED
    learner_request: LearnerRequest | Unchanged = UNCHANGED
    coupon_due: CouponState | Unchanged | None = UNCHANGED
    next_poll_at: datetime | Unchanged | None = UNCHANGED


@dataclass(frozen=True, slots=True)
class Order:
    """A Razorpay order and the end of the window in which it is offered to the learner. `amount` in minor units.
    `buyer` is empty when the order was adopted. `coupon` is the code of the coupon in the amount."""

    order_id: str
    amount: int
    currency: str
    window_ends_at: datetime
    buyer: Buyer = NO_DETAILS
    coupon: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentChanges:
    """The changes of an enrollment by one step. `granted_by` is the basis of access: an order id, `free` or `admin`.
    `awaited_order` is the order whose payment activates it. `pending_until` is the expiry of a pending
    enrollment without an order. `orders_on_hold` are the learner's orders for the course with money on hold.
    `coupon_code` is the coupon that made the course free for the learner."""

    status: EnrollmentStatus | Unchanged = UNCHANGED
    reason: StatusReason | Unchanged | None = UNCHANGED
    granted_by: str | Unchanged | None = UNCHANGED
    activated_at: datetime | Unchanged = UNCHANGED
    completed_at: datetime | Unchanged | None = UNCHANGED
    cancelled_at: datetime | Unchanged | None = UNCHANGED
    certificate_id: str | Unchanged = UNCHANGED
    awaited_order: Order | Unchanged | None = UNCHANGED
    pending_until: datetime | Unchanged | None = UNCHANGED
    orders_on_hold: tuple[str, ...] | Unchanged = UNCHANGED
    coupon_code: str | Unchanged = UNCHANGED


def changed_fields(changes: PaymentChanges | EnrollmentChanges) -> dict[str, Any]:
    """The fields that the change sets or removes, by name."""
    values = ((field.name, getattr(changes, field.name)) for field in fields(changes))
    return {name: value for name, value in values if value is not UNCHANGED}
