"""Razorpay's statement of the account, to compare with another ledger."""

from typing import Any

from local.razorpay.state.entities import Order
from local.razorpay.state.ledger import Ledger


def account_statement(ledger: Ledger) -> dict[str, Any]:
    """Totals and one line per order, in minor units; payments without an order are left out.

    Failed and reversed refunds do not count; pending ones count as refunded, also those of an undocumented status.
    `refunded_uncaptured` is the amount of payments that were authorized, never captured and refunded: it is part of
    neither `captured` nor `refunded`. `charged_back` is the amount that disputes have deducted, open ones too; together
    with refunds it may exceed the captured amount.
    """
    by_order = {order.id: _order_line(ledger, order) for order in ledger.orders.values()}
    names = ("captured", "refunded", "refund_pending", "refunded_uncaptured", "authorized", "charged_back")
    totals = {name: sum(line[name] for line in by_order.values()) for name in names}
    return {**totals, "net": totals["captured"] - totals["refunded"] - totals["charged_back"], "by_order": by_order}


def _order_line(ledger: Ledger, order: Order) -> dict[str, Any]:
    payments = {payment.id: payment for payment in ledger.payments_of(order.id)}
    all_refunds = [refund for payment_id in payments for refund in ledger.refunds_of(payment_id)]
    refunds = [refund for refund in all_refunds if not refund.returned]
    of_captured = [refund for refund in refunds if refund.of_captured]
    disputes = [dispute for dispute in ledger.disputes.values() if dispute.payment_id in payments]
    return {
        "amount": order.amount,
        "currency": order.currency,
        "status": order.status,
        "receipt": order.receipt,
        "captured": sum(payment.amount for payment in payments.values() if payment.captured),
        "refunded": sum(refund.amount for refund in of_captured),
        "refund_pending": sum(refund.amount for refund in of_captured if refund.status != "processed"),
        "refunded_uncaptured": sum(refund.amount for refund in refunds if not refund.of_captured),
        "authorized": sum(payment.amount for payment in payments.values() if payment.status == "authorized"),
        "charged_back": sum(dispute.amount_deducted for dispute in disputes),
        "payments": {payment.id: payment.status for payment in payments.values()},
    }
