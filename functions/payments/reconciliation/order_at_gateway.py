"""One order in the gateway's ledger, as it is now."""

from collections.abc import Callable, Iterable

from functions.payments.reconciliation.ledger_comparison import Side, gateway_side, is_captured
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected, Json


def fetch_side(order_id: str, disputes_of: Callable[[Iterable[str]], Iterable[Json]] = lambda _: ()) -> Side:
    """All captures and refunds of an order, and the disputes that `disputes_of` knows of its captures: the gateway
    lists disputes by period only. Empty for an order that the gateway does not know.

    Raises GatewayUnavailable, MalformedPayload."""
    captured = [payment for payment in fetch_payments(order_id) if is_captured(payment)]
    refunds = [refund for payment in captured for refund in razorpay.fetch_refunds_of(payment["id"])]
    return gateway_side(captured, refunds, disputes_of(payment["id"] for payment in captured))


def fetch_payments(order_id: str) -> list[Json]:
    """The payments of an order; none for an order that the gateway does not know. Raises GatewayUnavailable."""
    try:
        return razorpay.fetch_payments_of(order_id)
    except GatewayRejected:
        return []
