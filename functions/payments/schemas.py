"""Requests and responses of the payment routes. Amounts are in minor units."""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from functions.payments.disputes.dispute_schemas import DisputeOut
from shared.domain.captures import AmountRule
from shared.domain.lifecycle import PaymentStatus
from shared.enrollment_schemas import EnrollmentOut
from shared.public_names import PublicReason, ReversalKind
from shared.schemas import In, Out, PageOut, PageQuery, ShortText, UtcTime

_PaymentId = Annotated[str, StringConstraints(pattern=r"^pay_[A-Za-z0-9]{14}$")]


class CreateOrderIn(In):
    course_id: str = Field(max_length=64)


class CheckoutPrefillOut(Out):
    """The learner's details, which prefill Razorpay's Checkout."""

    name: str
    email: str


class OrderOut(Out):
    """The options of Razorpay's Checkout. Until `expires_at`, the same order is returned for the same course and
    price."""

    id: str
    key_id: str
    order_id: str
    amount: int
    currency: str
    name: str
    description: str
    prefill: CheckoutPrefillOut
    course_id: str
    expires_at: UtcTime


class PaymentVerificationIn(In):
    """The values that Checkout passes to the page after a payment.

    https://razorpay.com/docs/payments/server-integration/python/payment-gateway/build-integration/#verify-payment-signature"""

    razorpay_order_id: Annotated[str, StringConstraints(pattern=r"^order_[A-Za-z0-9]{14}$")]
    razorpay_payment_id: _PaymentId
    razorpay_signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RefundIn(In):
    """`amount` in minor units. Without it the whole remaining balance is refunded, and the enrollment that the payment
    granted ends. `payment_id` selects a payment on hold: it is refunded in full, and no enrollment ends."""

    amount: int | None = Field(None, ge=100)
    payment_id: _PaymentId | None = None
    reason: ShortText


class ManualRefundIn(In):
    """`amount` in minor units; `reference` is the bank's reference of the transfer. `payment_id` selects an extra
    payment. Without it, the refund belongs to the payment that pays for the order."""

    amount: int = Field(ge=1)
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9/._-]{0,63}$")]
    payment_id: _PaymentId | None = None
    reason: ShortText


class AcceptPaymentIn(In):
    """`payment_id` selects the payment on hold that pays for the order from now on."""

    payment_id: _PaymentId
    reason: ShortText


class RefundOut(Out):
    id: str
    amount: int
    status: str


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


class PaymentOut(Out):
    """`on_hold` lists captured payments that were put on hold, because no rule accepts their amount or currency.
    `amount_rule` says why a captured amount that differs from the order's pays for the order."""

    id: str
    order_id: str
    payment_id: str | None
    course_id: str
    status: PaymentStatus
    reason: PublicReason
    amount: int
    currency: str
    captured_amount: int
    amount_rule: AmountRule | None
    refunded_amount: int
    on_hold: list[OnHoldPaymentOut]
    refunds: list[RefundOut]
    receipt: str
    created_at: UtcTime
    captured_at: UtcTime | None


class PaymentsQuery(PageQuery):
    """Filters of the list of all payments: the `status`, and the time at which the order was created: `since` and
    `until`, both inclusive, with an offset."""

    status: PaymentStatus | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


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


class AdminPaymentOut(PaymentOut):
    """A payment as admins see it. `refund_error` is the gateway's reason for rejecting the refund."""

    user_id: str
    refund_error: str | None
    other_reversals: list[OtherReversalOut]
    disputes: list[DisputeOut]
    extra_payments: list[ExtraPaymentOut]
    updated_at: UtcTime


class AdminPaymentPage(PageOut[AdminPaymentOut]):
    pass


class PaymentWithEnrollmentOut(Out):
    payment: PaymentOut
    enrollment: EnrollmentOut | None


class PaymentPage(PageOut[PaymentOut]):
    pass


class WebhookResultOut(Out):
    """`outcome` is the effect of the event. Razorpay reads only the status of the response."""

    outcome: str
