"""Builds the responses of the payment routes from stored items."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from functions.payments.checkout.buyer_schemas import BuyerOut
from functions.payments.checkout.free_activation import FreeActivation
from functions.payments.checkout.orders import OpenOrder
from functions.payments.disputes.dispute_presenter import disputes_of_capture
from functions.payments.schemas import (
    AdminPaymentOut,
    AdminPaymentWithEnrollmentOut,
    CheckoutPrefillOut,
    ExtraPaymentOut,
    FreeActivationOut,
    HoldState,
    LearnerRequestOut,
    OnHoldPaymentOut,
    OrderOut,
    OtherReversalOut,
    PaymentOut,
    PaymentWithEnrollmentOut,
    RefundOut,
    RefundRequestOut,
    RefundRequestStatus,
    RefundTermsOut,
    UnresolvedPaymentOut,
)
from shared import clock
from shared.config import settings
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Payment
from shared.db.payments.learner_requests import learner_request
from shared.db.payments.payment_attributes import (
    buyer_of,
    extra_captures,
    primary_capture,
    refund_requests,
    unresolved_payments,
)
from shared.db.table.unreadable_items import READ_ERRORS, report_unreadable
from shared.domain.buyer import NO_DETAILS
from shared.domain.captures import CapturedPayment, RefundRequest, Refunds, Reversals
from shared.domain.learner_requests import BY_RULE
from shared.domain.lifecycle import MANUAL_REFUND_PREFIX, PaymentStatus
from shared.enrollment_schemas import enrollment_out
from shared.public_names import reversal_kind
from shared.settlement.balances import refundable_balance, refunded_total
from shared.settlement.rules.learner_request_rules import obstacle, waits_for, window_end
from shared.settlement.rules.request_rules import IN_FULL_REFUND, gateway_refunds_until
from shared.settlement.settle import refund_terms

T = TypeVar("T")


def order(opened: OpenOrder) -> OrderOut:
    enrollment, quoted, config = opened.enrollment, opened.quote, settings()
    return OrderOut(
        id=enrollment.order_id,
        key_id=config.razorpay_key_id,
        order_id=enrollment.order_id,
        amount=enrollment.order_amount,
        list_amount=quoted.course.amount,
        discount=quoted.discount,
        coupon=enrollment.order_coupon,
        currency=enrollment.order_currency,
        name=config.seller_name,
        description=quoted.course.title,
        prefill=CheckoutPrefillOut(name=opened.payer.name, email=opened.payer.email),
        course_id=quoted.course.course_id,
        expires_at=enrollment.order_window_ends_at,
    )


def free_activation(activated: FreeActivation) -> FreeActivationOut:
    quoted = activated.quote
    return FreeActivationOut(
        amount=quoted.amount,
        list_amount=quoted.course.amount,
        discount=quoted.discount,
        coupon=quoted.offer.coupon,
        currency=quoted.course.currency,
        course_id=quoted.course.course_id,
    )


def payment(stored: Payment) -> PaymentOut:
    return PaymentOut(
        id=stored.order_id,
        order_id=stored.order_id,
        payment_id=stored.payment_id,
        course_id=stored.course_id,
        status=stored.status,
        reason=stored.reason,
        amount=stored.amount,
        list_amount=stored.list_amount,
        discount=stored.discount or 0,
        coupon=stored.coupon_code,
        coupon_state=stored.coupon_state,
        currency=stored.currency,
        captured_amount=stored.captured_amount,
        amount_rule=stored.amount_rule,
        refunded_amount=stored.refunded_amount,
        on_hold=_on_hold_payments(stored),
        refunds=_refunds(primary_capture(stored).refunds),
        refund_terms=_refund_terms(stored),
        learner_request=_learner_request(stored),
        receipt=stored.receipt,
        created_at=stored.created_at,
        captured_at=stored.captured_at,
    )


def admin_payment(stored: Payment) -> AdminPaymentOut:
    return AdminPaymentOut(
        **payment(stored).model_dump(),
        user_id=stored.user_id,
        buyer=_buyer(stored),
        gateway_fee=stored.gateway_fee,
        gateway_tax=stored.gateway_tax,
        refund_error=stored.refund_refused,
        refund_requests=[_refund_request(stored, *entry) for entry in sorted(refund_requests(stored).items())],
        unresolved_payments=[
            UnresolvedPaymentOut(payment_id=payment_id, reported_at=reported_at)
            for payment_id, reported_at in sorted(unresolved_payments(stored).items())
        ],
        other_reversals=_other_reversals(primary_capture(stored).reversals),
        disputes=disputes_of_capture(primary_capture(stored).disputes),
        extra_payments=[_extra_payment(*entry) for entry in sorted(extra_captures(stored).items())],
        updated_at=stored.updated_at,
    )


def readable(present: Callable[[Payment], T], page: Iterable[Payment]) -> tuple[list[T], list[str]]:
    """Each payment of a page as `present` returns it, and the order ids of those with a part that cannot be read, which
    are logged (`item_unreadable`) and counted (`items_unreadable`)."""
    items: list[T] = []
    unreadable: list[str] = []
    for each in page:
        try:
            items.append(present(each))
        except READ_ERRORS:
            report_unreadable(pk=each.pk, sk=each.sk)
            unreadable.append(each.order_id)
    return items, unreadable


def payment_state(stored: Payment, learning: EnrollmentDetails | None) -> PaymentWithEnrollmentOut:
    return PaymentWithEnrollmentOut(payment=payment(stored), enrollment=enrollment_out(learning) if learning else None)


def admin_payment_state(stored: Payment, learning: EnrollmentDetails | None) -> AdminPaymentWithEnrollmentOut:
    enrollment = enrollment_out(learning) if learning else None
    return AdminPaymentWithEnrollmentOut(payment=admin_payment(stored), enrollment=enrollment)


def _buyer(stored: Payment) -> BuyerOut | None:
    buyer = buyer_of(stored)
    return None if buyer == NO_DETAILS else BuyerOut.model_validate(buyer)


def _refund_terms(stored: Payment) -> RefundTermsOut | None:
    terms = refund_terms()
    if obstacle(stored, terms, clock.now()):
        return None
    until = min(window_end(stored, terms), gateway_refunds_until(stored))
    return RefundTermsOut(until=until, progress_limit=terms.progress_limit)


def _learner_request(stored: Payment) -> LearnerRequestOut | None:
    request = learner_request(stored)
    if request is None:
        return None
    return LearnerRequestOut(
        number=request.number,
        state=request.state,
        reason=request.reason,
        progress=request.progress,
        requested_at=request.requested_at,
        ended_at=request.ended_at,
        by_rule=request.decided_by == BY_RULE,
        note=request.note,
        closed_by=request.closed_by,
        waits_for=waits_for(stored) if request.is_open else None,
    )


def _refund_request(stored: Payment, key: str, request: RefundRequest) -> RefundRequestOut:
    status = _request_status(stored, request)
    return RefundRequestOut(
        key=key,
        amount=request.amount,
        status=status,
        refund_id=request.refund_id if status is RefundRequestStatus.MADE else None,
        failed=request.failed,
        rejection=request.rejection,
    )


def _request_status(stored: Payment, request: RefundRequest) -> RefundRequestStatus:
    """An open request of a payment that was refunded in full is part of that refund."""
    if request.closed:
        return RefundRequestStatus.REJECTED
    if request.refund_id == IN_FULL_REFUND or (request.is_open and stored.status is PaymentStatus.REFUNDED):
        return RefundRequestStatus.IN_FULL_REFUND
    if request.refund_id and request.refund_id.startswith(MANUAL_REFUND_PREFIX):
        return RefundRequestStatus.MANUAL
    return RefundRequestStatus.OPEN if request.is_open else RefundRequestStatus.MADE


def _on_hold_payments(stored: Payment) -> list[OnHoldPaymentOut]:
    return [
        OnHoldPaymentOut(
            payment_id=payment_id,
            amount=capture.amount,
            refunded_amount=min(refunded_total(capture), capture.amount),
            currency=capture.currency,
            state=_hold_state(capture),
        )
        for payment_id, capture in sorted(extra_captures(stored).items())
        if capture.on_hold or capture.released
    ]


def _hold_state(capture: CapturedPayment) -> HoldState:
    if refunded_total(capture) >= capture.amount:
        return HoldState.REFUNDED
    return HoldState.ON_HOLD if capture.on_hold and refundable_balance(capture) > 0 else HoldState.REFUND_PENDING


def _extra_payment(payment_id: str, capture: CapturedPayment) -> ExtraPaymentOut:
    return ExtraPaymentOut(
        payment_id=payment_id,
        amount=capture.amount,
        currency=capture.currency,
        refunds=_refunds(capture.refunds),
        other_reversals=_other_reversals(capture.reversals),
        disputes=disputes_of_capture(capture.disputes),
        on_hold=capture.on_hold,
        refund_error=capture.rejection,
    )


def _refunds(refunds: Refunds) -> list[RefundOut]:
    return [
        RefundOut(id=refund_id, amount=refund.amount, status=refund.status)
        for refund_id, refund in sorted(refunds.items())
    ]


def _other_reversals(reversals: Reversals) -> list[OtherReversalOut]:
    return [
        OtherReversalOut(
            id=key.removeprefix(MANUAL_REFUND_PREFIX), amount=reversal.amount, kind=reversal_kind(reversal.origin)
        )
        for key, reversal in sorted(reversals.items())
    ]
