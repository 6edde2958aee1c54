"""From what is stored to what is answered."""

from typing import Any

from functions.payments.checkout.orders import OpenOrder
from functions.payments.receipts.receipt_schemas import (
    ReceiptBuyerOut,
    ReceiptCreditOut,
    ReceiptOut,
    ReceiptSellerOut,
    ReceiptTaxOut,
)
from functions.payments.receipts.receipt_service import NumberedReceipt
from functions.payments.schemas import (
    AdminPaymentOut,
    CheckoutPrefillOut,
    ExtraPaymentOut,
    OnHoldPaymentOut,
    OrderOut,
    OtherReversalOut,
    PaymentOut,
    PaymentWithEnrollmentOut,
    RefundOut,
)
from shared.config import settings
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Payment
from shared.domain import gst
from shared.domain.gst import Tax
from shared.domain.lifecycle import MANUAL_REFUND_PREFIX
from shared.enrollment_schemas import enrollment_out
from shared.settlement.balances import extra_captures, on_hold, primary_capture


def order(opened: OpenOrder) -> OrderOut:
    enrollment, chosen = opened.enrollment, settings()
    return OrderOut(
        id=enrollment.order_id,
        key_id=chosen.razorpay_key_id,
        order_id=enrollment.order_id,
        amount=enrollment.order_amount,
        currency=enrollment.order_currency,
        name=chosen.seller_name,
        description=opened.course.title,
        prefill=CheckoutPrefillOut(name=opened.payer.name, email=opened.payer.email),
        course_id=opened.course.course_id,
        expires_at=enrollment.order_window_ends_at,
    )


def payment(stored: Payment) -> PaymentOut:
    beside = extra_captures(stored)
    return PaymentOut(
        id=stored.order_id,
        order_id=stored.order_id,
        payment_id=stored.payment_id,
        course_id=stored.course_id,
        status=stored.status,
        reason=stored.reason,
        amount=stored.amount,
        currency=stored.currency,
        captured_amount=stored.captured_amount,
        refunded_amount=stored.refunded_amount,
        on_hold=[
            OnHoldPaymentOut(payment_id=payment_id, amount=amount, currency=beside[payment_id]["currency"])
            for payment_id, amount in sorted(on_hold(stored).items())
        ],
        refunds=_refunds(stored.refunds.as_dict()),
        receipt=stored.receipt,
        created_at=stored.created_at,
        captured_at=stored.captured_at,
    )


def admin_payment(stored: Payment) -> AdminPaymentOut:
    beside = [
        ExtraPaymentOut(
            payment_id=payment_id,
            amount=each["amount"],
            currency=each["currency"],
            refunds=_refunds(each["refunds"]),
            other_reversals=_other_reversals(each["other_returns"]),
            on_hold=each["held"],
            refund_error=each.get("refused"),
        )
        for payment_id, each in sorted(extra_captures(stored).items())
    ]
    told = payment(stored).model_dump()
    return AdminPaymentOut(
        **told,
        user_id=stored.user_id,
        refund_error=stored.refund_refused,
        other_reversals=_other_reversals(primary_capture(stored)["other_returns"]),
        extra_payments=beside,
        updated_at=stored.updated_at,
    )


def _refunds(stored: dict[str, Any]) -> list[RefundOut]:
    return [RefundOut(id=key, **each) for key, each in sorted(stored.items())]


def _other_reversals(stored: dict[str, Any]) -> list[OtherReversalOut]:
    return [OtherReversalOut(id=key.removeprefix(MANUAL_REFUND_PREFIX), **each) for key, each in sorted(stored.items())]


def payment_state(stored: Payment, learning: EnrollmentDetails | None) -> PaymentWithEnrollmentOut:
    return PaymentWithEnrollmentOut(payment=payment(stored), enrollment=enrollment_out(learning) if learning else None)


def receipt(numbered: NumberedReceipt) -> ReceiptOut:
    stored = numbered.receipt
    return ReceiptOut(
        id=stored.order_id,
        number=stored.number,
        title=numbered.title,
        order_id=stored.order_id,
        payment_id=stored.payment_id,
        issued_at=stored.captured_at,
        seller=ReceiptSellerOut(
            name=stored.seller_name, address=stored.seller_address or "", gstin=stored.seller_gstin
        ),
        learner=ReceiptBuyerOut(
            name=stored.learner_name,
            state=stored.learner_state,
            state_name=gst.STATES.get(stored.learner_state or ""),
        ),
        course_id=stored.course_id,
        course_title=stored.course_title,
        amount=stored.amount,
        currency=stored.currency,
        tax=_tax(stored.rate_basis_points, numbered.tax),
        credits=[
            ReceiptCreditOut(at=each.at, amount=each.amount, tax=_tax(stored.rate_basis_points, each.tax))
            for each in numbered.credits
        ],
        net_amount=numbered.net_amount,
    )


def _tax(rate: int, tax: Tax | None) -> ReceiptTaxOut | None:
    if tax is None:
        return None
    parts = {"taxable": tax.taxable, "cgst": tax.cgst, "sgst": tax.sgst, "igst": tax.igst}
    return ReceiptTaxOut(sac=gst.SAC, rate_basis_points=rate, **parts)
