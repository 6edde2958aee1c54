"""Requests and responses of the payment routes. Amounts are in minor units."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from functions.payments.checkout.buyer_schemas import BuyerOut, FirmIn
from functions.payments.disputes.dispute_schemas import DisputeOut
from shared.domain.captures import AmountRule, RefundStatus
from shared.domain.coupons import CouponState
from shared.domain.learner_requests import ClosedBy, RequestState, WaitsFor
from shared.domain.lifecycle import PaymentStatus
from shared.enrollment_schemas import EnrollmentOut
from shared.public_names import PublicReason, ReversalKind
from shared.schemas import In, Moment, Out, PageOut, PageQuery, ShortText, UtcTime

_PaymentId = Annotated[str, StringConstraints(pattern=r"^pay_[A-Za-z0-9]{14}$")]


class CreateOrderIn(In):
    """`state` is the two-digit code of an Indian State, as at the start of a GSTIN. A firm gives its `gstin` and
    `firm`, and its State is that of the GSTIN. A missing field is taken from your profile; with `gstin` null you
    are the buyer yourself. A seller with a GSTIN needs the State."""

    course_id: str = Field(max_length=64)
    state: str | None = Field(None, max_length=64, examples=["27"])
    gstin: str | None = Field(None, max_length=64, examples=["27AAPFU0939F1ZV"])
    firm: FirmIn | None = None
    coupon: str | None = Field(None, max_length=64, examples=["DIWALI-25"])


class CheckoutPrefillOut(Out):
    """The learner's details, which prefill Razorpay's Checkout."""

    name: str
    email: str


class OrderOut(Out):
    """The options of Razorpay's Checkout. Until `expires_at`, the same order is returned for the same course, price,
    coupon and buyer's details. `amount` is `list_amount` less `discount`."""

    id: str
    status: Literal["pending"] = "pending"
    key_id: str
    order_id: str
    amount: int
    list_amount: int
    discount: int
    coupon: str | None
    currency: str
    name: str
    description: str
    prefill: CheckoutPrefillOut
    course_id: str
    expires_at: UtcTime


class FreeActivationOut(Out):
    """A coupon or a sale made the course free: the enrollment is active, and there is no order."""

    status: Literal["active"] = "active"
    order_id: None = None
    amount: int
    list_amount: int
    discount: int
    coupon: str | None
    currency: str
    course_id: str


class PaymentVerificationIn(In):
    """The values that Checkout passes to the page after a payment.

    https://razorpay.com/docs/payments/server-integration/python/payment-gateway/build-integration/#verify-payment-signature"""

    razorpay_order_id: Annotated[str, StringConstraints(pattern=r"^order_[A-Za-z0-9]{14}$")]
    razorpay_payment_id: _PaymentId
    razorpay_signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RefundIn(In):
    """`amount` in minor units. Without it the whole remaining balance is refunded, and the enrollment that the payment
    granted ends. `payment_id` selects a payment on hold: it is refunded in full, and no enrollment ends. The id of any
    other payment is rejected, also that of the payment which pays for the order."""

    amount: int | None = Field(None, ge=100)
    payment_id: _PaymentId | None = None
    reason: ShortText


class ManualRefundIn(In):
    """`amount` in minor units; `reference` is the bank's reference of the transfer. `payment_id` selects an extra
    payment. Without it, the refund belongs to the payment that pays for the order; a refund of an extra payment answers
    no `request`. The refund answers the refund request whose key is `request`, whatever its amount, unless that was
    made or answered; without one, the open request of exactly this amount that the gateway rejected, or all rejected
    ones if it returns the whole balance. `made_before_restore`: the refund was recorded in a table that an older one
    replaced. For 30 days after the restore, it needs no rejection by the gateway."""

    amount: int = Field(ge=1)
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9/._-]{0,63}$")]
    payment_id: _PaymentId | None = None
    request: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")] | None = None
    made_before_restore: bool = False
    reason: ShortText


class AcceptPaymentIn(In):
    """`payment_id` selects the payment on hold that pays for the order from now on."""

    payment_id: _PaymentId
    reason: ShortText


class RefundOut(Out):
    """A refund at the gateway. `pending` and `unknown` (a status that the gateway does not document) may still become
    any other status, and a `processed` refund may still become `failed` or `reversed`: the learner did not get it."""

    id: str
    amount: int
    status: RefundStatus


class HoldState(StrEnum):
    """The state of a payment that was put on hold: it waits for an admin's decision, or it is refunded."""

    ON_HOLD = "on_hold"
    REFUND_PENDING = "refund_pending"
    REFUNDED = "refunded"


class OnHoldPaymentOut(Out):
    """A captured payment that no rule accepts, with the part of `amount` that was refunded. An admin accepts it, and it
    becomes the payment for the order, or refunds it."""

    payment_id: str
    amount: int
    refunded_amount: int
    currency: str
    state: HoldState


class RefundTermsOut(Out):
    """The learner may request a refund until `until` (excluded), with at most `progress_limit` percent of the lessons
    completed."""

    until: UtcTime
    progress_limit: int


class LearnerRequestOut(Out):
    """The learner's latest request for a refund. `number` counts their requests about the payment. `progress` is the
    percentage of lessons that were completed then, rounded up. `ended_at` is when it was decided, withdrawn or closed;
    `by_rule`, whether the seller's rule approved it; `note` the admin's text for the learner; `closed_by`, what closed
    the request without a decision. `waits_for` is why an open request cannot be decided now: a `dispute` is open, or
    refunds of the whole balance are under way (`refund`)."""

    number: int
    state: RequestState
    reason: str
    progress: int
    requested_at: UtcTime
    ended_at: UtcTime | None
    by_rule: bool
    note: str | None
    closed_by: ClosedBy | None
    waits_for: WaitsFor | None


class PaymentOut(Out):
    """`on_hold` lists captured payments that were put on hold, because no rule accepts their amount or currency.
    `amount_rule` says why a captured amount that differs from the order's pays for the order. `discount` is what a sale
    and `coupon` took off `list_amount`, which is null in an order at the list price. `refund_terms` is null while the
    learner cannot request a refund; `learner_request` is null if they never did."""

    id: str
    order_id: str
    payment_id: str | None
    course_id: str
    status: PaymentStatus
    reason: PublicReason
    amount: int
    list_amount: int | None
    discount: int
    coupon: str | None
    coupon_state: CouponState | None
    currency: str
    captured_amount: int
    amount_rule: AmountRule | None
    refunded_amount: int
    on_hold: list[OnHoldPaymentOut]
    refunds: list[RefundOut]
    refund_terms: RefundTermsOut | None
    learner_request: LearnerRequestOut | None
    receipt: str
    created_at: UtcTime
    captured_at: UtcTime | None


class PaymentsQuery(PageQuery):
    """Filters of the list of all payments: the `status`, and the time at which the order was created: `since` and
    `until`, both inclusive, with an offset."""

    status: PaymentStatus | None = None
    since: Moment | None = None
    until: Moment | None = None


class OtherReversalOut(Out):
    """Captured money that was returned without a refund at the gateway: deducted for a `dispute` (`id` is the dispute's
    id), or by a `manual` refund (`id` is the admin's reference)."""

    id: str
    amount: int
    kind: ReversalKind


class ExtraPaymentOut(Out):
    """A payment captured on the order in addition to the one that pays for it. It is refunded in full. A payment
    `on_hold` has an amount or currency that no rule accepts: an admin accepts or refunds it, and it is refunded when a
    matching payment is captured. `refund_error` is the gateway's reason for rejecting the refund."""

    payment_id: str
    amount: int
    currency: str
    refunds: list[RefundOut]
    other_reversals: list[OtherReversalOut]
    disputes: list[DisputeOut]
    on_hold: bool
    refund_error: str | None


class RefundRequestStatus(StrEnum):
    """`open`: the gateway has made no refund of the request yet, and is asked again. `made`: it made the refund
    `refund_id`. `manual`: an admin refunded the amount outside the gateway, after the gateway had rejected it.
    `in_full_refund`: the amount is part of the refund of the whole remaining balance. `rejected`: the gateway rejected
    the request for good, and is not asked again."""

    OPEN = "open"
    MADE = "made"
    MANUAL = "manual"
    IN_FULL_REFUND = "in_full_refund"
    REJECTED = "rejected"


class RefundRequestOut(Out):
    """A refund that an admin requested. `key` identifies the request, and is in the `request` note of its refund at the
    gateway. `failed` counts its refunds that failed, or that were made of another capture in a table that was lost.
    `rejection` is the gateway's reason for rejecting the latest attempt."""

    key: str
    amount: int
    status: RefundRequestStatus
    refund_id: str | None
    failed: int
    rejection: str | None


class UnresolvedPaymentOut(Out):
    """Another payment on the order that may have succeeded. The gateway is asked until its outcome is known."""

    payment_id: str
    reported_at: UtcTime


class AdminPaymentOut(PaymentOut):
    """A payment as admins see it. `buyer` is null when the order was adopted, or has no buyer's details. `gateway_fee`
    is the gateway's fee for the payment that pays for the order, tax included, and `gateway_tax` the tax in it: null
    until stated. `refund_error` is the gateway's reason for rejecting the latest refund of that payment.
    `refund_requests` lists every requested partial refund, also rejected ones, and full ones that were requested by
    their amount."""

    user_id: str
    buyer: BuyerOut | None
    gateway_fee: int | None
    gateway_tax: int | None
    refund_error: str | None
    refund_requests: list[RefundRequestOut]
    unresolved_payments: list[UnresolvedPaymentOut]
    other_reversals: list[OtherReversalOut]
    disputes: list[DisputeOut]
    extra_payments: list[ExtraPaymentOut]
    updated_at: UtcTime


class AdminPaymentPage(PageOut[AdminPaymentOut]):
    """`unreadable`: the orders of this page whose payments cannot be read and are not in `items`."""

    unreadable: list[str]


class PaymentWithEnrollmentOut(Out):
    payment: PaymentOut
    enrollment: EnrollmentOut | None


class AdminPaymentWithEnrollmentOut(Out):
    payment: AdminPaymentOut
    enrollment: EnrollmentOut | None


class PaymentPage(PageOut[PaymentOut]):
    """`unreadable`: the orders of this page whose payments cannot be read and are not in `items`."""

    unreadable: list[str]


class WebhookResultOut(Out):
    """`outcome` is the effect of the event. Razorpay reads only the status of the response."""

    outcome: str
