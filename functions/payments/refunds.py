"""Giving money back, by itself: what was paid twice or is no longer wanted."""

from functions.payments import events
from functions.payments.evidence import RefundStatus, Source
from functions.payments.settle import settle
from shared.db import payments
from shared.db.entities import Payment
from shared.gateways import razorpay


def give_back(payment: Payment) -> str:
    """Refunds what is left of a payment that is to be refunded. Harmless to repeat: the gateway's refunds are read
    first, and the key of a new one follows from how many of them failed, so a lost answer cannot pay twice.

    https://razorpay.com/docs/api/refunds/ (X-Refund-Idempotency). Raises GatewayUnavailable, GatewayRefused."""
    for known in razorpay.fetch_refunds_of(payment.payment_id):
        settle(payment.order_id, events.of_refund(known), Source.SWEEP)
    now_stored = payments.get(payment.order_id)
    if now_stored is None or now_stored.status is not payment.status:
        return "refunded"
    refunds = now_stored.refunds.as_dict().values()
    open_or_done = sum(each["amount"] for each in refunds if each["status"] != RefundStatus.FAILED)
    left = now_stored.captured_amount - open_or_done
    if left <= 0:
        return "refund_under_way"
    failed = sum(1 for each in refunds if each["status"] == RefundStatus.FAILED)
    key = f"refund-{payment.payment_id}" + (f"-{failed}" if failed else "")
    made = razorpay.refund(now_stored.payment_id, left, key)
    settled = settle(payment.order_id, events.of_refund(made), Source.SWEEP)
    return settled.verdict.value if settled else "gone"
