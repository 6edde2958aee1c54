"""Reads the gateway's ledger: the lists of orders, payments and refunds of a period, and single orders."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from functions.payments.checkout.adopt_order import payer_from_notes
from functions.payments.reconciliation.ledger_comparison import Side, gateway_side, is_captured
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected, Json


class GatewayLists:
    """Reads the lists of a period (UTC) once. Payments and refunds outside of the period are fetched order by order.

    The constructor and `side` raise GatewayUnavailable, GatewayRejected and MalformedPayload; `is_ours` raises
    GatewayUnavailable; `captured_order_ids` raises MalformedPayload."""

    def __init__(self, since: datetime, until: datetime) -> None:
        period = int(since.timestamp()), int(until.timestamp())
        self._orders = {order["id"]: order for order in razorpay.list_orders(*period)}
        self._payments: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        for payment in razorpay.list_payments(*period):
            self._payments[payment.get("order_id") or ""][payment["id"]] = payment
        self._refunds: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        for refund in razorpay.list_refunds(*period):
            self._refunds[refund["payment_id"]][refund["id"]] = refund

    @property
    def payments_without_order(self) -> int:
        """The number of payments without an order. Other products made them: each of our payments has an order."""
        return len(self._payments.get("", {}))

    def captured_order_ids(self) -> set[str]:
        """The orders with a capture in the period."""
        return {
            order_id
            for order_id, payments in self._payments.items()
            if order_id and any(map(is_captured, payments.values()))
        }

    def refunded_payment_ids(self) -> set[str]:
        """The payments with a refund in the period."""
        return set(self._refunds)

    def is_ours(self, order_id: str) -> bool:
        """Whether this stage created the order: its notes say so. Other products may use the same account."""
        try:
            order = self._orders.get(order_id) or razorpay.fetch_order(order_id)
        except GatewayRejected:
            return False
        return payer_from_notes(order) is not None

    def side(self, order_id: str, expected: Side) -> Side:
        """All captures and refunds of the order at the gateway, of any date. `expected` is the local side: its payments
        and refunds that are not in the lists are fetched."""
        payments = self._payments[order_id]
        if not payments or not expected.captured.keys() <= payments.keys():
            payments = payments | {payment["id"]: payment for payment in _fetch_payments(order_id)}
        captured = [payment for payment in payments.values() if is_captured(payment)]
        refunds = [refund for payment in captured for refund in self._refunds_of(payment, expected)]
        return gateway_side(captured, refunds)

    def _refunds_of(self, payment: Json, expected: Side) -> Iterable[Json]:
        """All refunds of the payment. They are fetched if the list of the period does not contain all of them."""
        listed = self._refunds[payment["id"]]
        amount = sum(refund["amount"] for refund in listed.values() if refund["status"] != "failed")
        if amount == payment.get("amount_refunded") and expected.refunds.keys() <= listed.keys():
            return listed.values()
        return razorpay.fetch_refunds_of(payment["id"])


def _fetch_payments(order_id: str) -> list[Json]:
    try:
        return razorpay.fetch_payments_of(order_id)
    except GatewayRejected:
        return []
