"""From what is stored to what is answered."""

from typing import Any

from functions.payments.giving_back import held, own, surplus
from functions.payments.orders import OpenOrder
from functions.payments.receipt_schemas import BuyerOut, CreditOut, ReceiptOut, SellerOut, TaxOut
from functions.payments.receipts import Told
from functions.payments.schemas import (
    HeldOut,
    OrderOut,
    OtherReturnOut,
    PaymentOut,
    PaymentStateOut,
    PrefillOut,
    RefundOut,
    RegisteredPaymentOut,
    SurplusOut,
)
from shared import gst
from shared.config import settings
from shared.db.entities import Payment
from shared.db.learning import Learning
from shared.enrollment_view import enrollment_out
from shared.gst import Tax
from shared.lifecycle import MANUAL_REFUND_PREFIX


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
        prefill=PrefillOut(name=opened.payer.name, email=opened.payer.email),
        course_id=opened.course.course_id,
        expires_at=enrollment.order_window_ends_at,
    )


def payment(stored: Payment) -> PaymentOut:
    beside = surplus(stored)
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
        held=[
            HeldOut(payment_id=payment_id, amount=amount, currency=beside[payment_id]["currency"])
            for payment_id, amount in sorted(held(stored).items())
        ],
        refunds=_refunds(stored.refunds.as_dict()),
        receipt=stored.receipt,
        created_at=stored.created_at,
        captured_at=stored.captured_at,
    )


def registered(stored: Payment) -> RegisteredPaymentOut:
    beside = [
        SurplusOut(
            payment_id=payment_id,
            amount=each["amount"],
            currency=each["currency"],
            refunds=_refunds(each["refunds"]),
            other_returns=_others(each["other_returns"]),
            held=each["held"],
            refund_refused=each.get("refused"),
        )
        for payment_id, each in sorted(surplus(stored).items())
    ]
    told = payment(stored).model_dump()
    return RegisteredPaymentOut(
        **told,
        user_id=stored.user_id,
        refund_refused=stored.refund_refused,
        other_returns=_others(own(stored)["other_returns"]),
        surplus=beside,
        updated_at=stored.updated_at,
    )


def _refunds(stored: dict[str, Any]) -> list[RefundOut]:
    return [RefundOut(id=key, **each) for key, each in sorted(stored.items())]


def _others(stored: dict[str, Any]) -> list[OtherReturnOut]:
    return [OtherReturnOut(id=key.removeprefix(MANUAL_REFUND_PREFIX), **each) for key, each in sorted(stored.items())]


def state(stored: Payment, learning: Learning | None) -> PaymentStateOut:
    return PaymentStateOut(payment=payment(stored), enrollment=enrollment_out(learning) if learning else None)


def receipt(told: Told) -> ReceiptOut:
    stored = told.receipt
    return ReceiptOut(
        id=stored.order_id,
        number=stored.number,
        title=told.title,
        order_id=stored.order_id,
        payment_id=stored.payment_id,
        issued_at=stored.captured_at,
        seller=SellerOut(name=stored.seller_name, address=stored.seller_address or "", gstin=stored.seller_gstin),
        learner=BuyerOut(
            name=stored.learner_name,
            state=stored.learner_state,
            state_name=gst.STATES.get(stored.learner_state or ""),
        ),
        course_id=stored.course_id,
        course_title=stored.course_title,
        amount=stored.amount,
        currency=stored.currency,
        tax=_tax(stored.rate_basis_points, told.tax),
        credits=[
            CreditOut(at=each.at, amount=each.amount, tax=_tax(stored.rate_basis_points, each.tax))
            for each in told.credits
        ],
        net_amount=told.kept,
    )


def _tax(rate: int, tax: Tax | None) -> TaxOut | None:
    if tax is None:
        return None
    parts = {"taxable": tax.taxable, "cgst": tax.cgst, "sgst": tax.sgst, "igst": tax.igst}
    return TaxOut(sac=gst.SAC, rate_basis_points=rate, **parts)
