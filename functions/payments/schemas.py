"""What goes into and out of the payment routes. Amounts in minor units."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_schemas import EnrollmentOut
from shared.schemas import In, Out, PageOut, PageQuery, ShortText, UtcTime

_PaymentId = Annotated[str, StringConstraints(pattern=r"^pay_[A-Za-z0-9]{14}$")]


class CreateOrderIn(In):
    course_id: str = Field(max_length=64)


class CheckoutPrefillOut(Out):
    """What Checkout fills in for the learner."""

    name: str
    email: str


class OrderOut(Out):
    """What Razorpay's Checkout needs. `expires_at` ends the time in which the same order is given again."""

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
    """What Checkout gives the page after paying.

    https://razorpay.com/docs/payments/server-integration/python/payment-gateway/build-integration/#verify-payment-signature"""

    razorpay_order_id: Annotated[str, StringConstraints(pattern=r"^order_[A-Za-z0-9]{14}$")]
    razorpay_payment_id: _PaymentId
    razorpay_signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RefundIn(In):
    """`amount` in minor units; without it all that is left is given back and the enrollment ends. `payment_id` is told
    for a payment that is held: it goes back whole, and no enrollment ends."""

    amount: int | None = Field(None, ge=100)
    payment_id: _PaymentId | None = None
    reason: ShortText


class ManualRefundIn(In):
    """`amount` in minor units; `reference` is what the bank calls the transfer. `payment_id` is told for a payment that
    was captured beside the one that counts."""

    amount: int = Field(ge=1)
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9/._-]{0,63}$")]
    payment_id: _PaymentId | None = None
    reason: ShortText


class RefundOut(Out):
    id: str
    amount: int
    status: str


class OnHoldPaymentOut(Out):
    payment_id: str
    amount: int
    currency: str


class PaymentOut(Out):
    """What is `held` came with another amount than `amount`, and is kept until it goes back."""

    id: str
    order_id: str
    payment_id: str | None
    course_id: str
    status: PaymentStatus
    reason: StatusReason | None
    amount: int
    currency: str
    captured_amount: int
    refunded_amount: int
    on_hold: list[OnHoldPaymentOut]
    refunds: list[RefundOut]
    receipt: str
    created_at: UtcTime
    captured_at: UtcTime | None


class PaymentsQuery(PageQuery):
    """`status` leaves out all others; `since` and `until` (both inclusive, with an offset) bound when the order was
    made."""

    status: PaymentStatus | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class OtherReversalOut(Out):
    """Money that went back without a refund of the gateway's: `by` is `dispute` (`id` is the dispute's) or `hand` (`id`
    is the admin's reference)."""

    id: str
    amount: int
    by: str


class ExtraPaymentOut(Out):
    """A payment captured on the order beside the one that counts: it goes back whole. One that is `held` was not what
    the order asked for, and goes back when an admin says so."""

    payment_id: str
    amount: int
    currency: str
    refunds: list[RefundOut]
    other_reversals: list[OtherReversalOut]
    on_hold: bool
    refund_error: str | None


class AdminPaymentOut(PaymentOut):
    """What admins see."""

    user_id: str
    refund_error: str | None
    other_reversals: list[OtherReversalOut]
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
    """`outcome`: what the event did. Razorpay looks at the status alone."""

    outcome: str
