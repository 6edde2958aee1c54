"""The gateway's own account of every rupee, to hold another ledger against."""

from typing import Any

from local.razorpay.state.entities import Order
from local.razorpay.state.ledger import Ledger


def account_statement(ledger: Ledger) -> dict[str, Any]:
    """Totals and one line per order, in minor units. Failed refunds do not count; pending ones count as refunded.

    `refunded_uncaptured` is money that was authorised, never captured and given back: it is in neither
    `captured` nor `refunded`. `charged_back` is what lost disputes took.
    """
    by_order = {order.id: _order_line(ledger, order) for order in ledger.orders.values()}
    names = ("captured", "refunded", "refund_pending", "refunded_uncaptured", "authorized", "charged_back")
    totals = {name: sum(line[name] for line in by_order.values()) for name in names}
    return {**totals, "net": totals["captured"] - totals["refunded"] - totals["charged_back"], "by_order": by_order}


def _order_line(ledger: Ledger, order: Order) -> dict[str, Any]:
    payments = {payment.id: payment for payment in ledger.payments_of(order.id)}
    refunds = [made for payment_id in payments for made in ledger.refunds_of(payment_id) if made.status != "failed"]
    lost = [made for made in ledger.disputes.values() if made.payment_id in payments and made.status == "lost"]
    return {
        "amount": order.amount,
        "currency": order.currency,
        "status": order.status,
        "receipt": order.receipt,
        "captured": sum(payment.amount for payment in payments.values() if payment.captured),
        "refunded": sum(made.amount for made in refunds if made.of_captured),
        "refund_pending": sum(made.amount for made in refunds if made.of_captured and made.status == "pending"),
        "refunded_uncaptured": sum(made.amount for made in refunds if not made.of_captured),
        "authorized": sum(payment.amount for payment in payments.values() if payment.status == "authorized"),
        "charged_back": sum(made.amount for made in lost),
        "payments": {payment.id: payment.status for payment in payments.values()},
    }
