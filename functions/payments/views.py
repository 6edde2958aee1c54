"""From what is stored to what is answered."""

from functions.payments.orders import OpenOrder
from functions.payments.schemas import OrderOut, PaymentOut, PaymentStateOut, PrefillOut, RefundOut
from shared.config import settings
from shared.db.entities import Payment
from shared.db.learning import Learning
from shared.enrollment_view import enrollment_out


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
        refunds=[RefundOut(id=key, **each) for key, each in sorted(stored.refunds.as_dict().items())],
        receipt=stored.receipt,
        created_at=stored.created_at,
        captured_at=stored.captured_at,
    )


def state(stored: Payment, learning: Learning | None) -> PaymentStateOut:
    return PaymentStateOut(payment=payment(stored), enrollment=enrollment_out(learning) if learning else None)
