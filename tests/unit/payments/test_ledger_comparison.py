"""The differences between two sides of an order, and the totals of several."""

from collections import Counter

from functions.payments.reconciliation.ledger_comparison import Amount, Side, find_differences, gateway_side
from functions.payments.reconciliation.ledger_report import totals
from shared.domain.reconciliation import Difference, DifferenceKind

CAPTURED, PROCESSED = Amount(500, "INR", "captured"), Amount(100, "INR", "processed")
PENDING = Amount(70, "INR", "pending")


def test_totals_add_captures_and_refunds_of_all_orders_by_state() -> None:
    sides = [
        Side({"pay_1": CAPTURED, "pay_2": CAPTURED}, {"rfnd_1": PROCESSED, "rfnd_2": PROCESSED}),
        Side({"pay_3": CAPTURED}, {"rfnd_3": PENDING, "rfnd_4": PENDING, "rfnd_5": PROCESSED}),
    ]
    assert totals(sides) == Counter(
        {("INR", "captured"): 1500, ("INR", "refunded"): 300, ("INR", "refund pending"): 140}
    )


def test_differences_after_an_equal_entry_name_order_entity_and_both_sides() -> None:
    """A dispute that only our ledger contains is not compared: the gateway lists them by period."""
    open_dispute = Amount(0, "INR", "open")
    gateway = Side({"pay_1": CAPTURED}, {"rfnd_1": PROCESSED, "rfnd_2": PENDING}, {"disp_1": open_dispute})
    local = Side({"pay_1": CAPTURED}, {"rfnd_1": PROCESSED}, {"disp_2": open_dispute})
    assert list(find_differences("order_1", gateway, local, "captured")) == [
        Difference(DifferenceKind.REFUND_UNKNOWN_LOCALLY, "order_1", "rfnd_2", "70 INR pending", "nothing (captured)"),
        Difference(DifferenceKind.DISPUTE_UNKNOWN_LOCALLY, "order_1", "disp_1", "0 INR open", "nothing (captured)"),
    ]


def test_gateway_side_ignores_refunds_of_other_payments_and_failed_ones() -> None:
    refunds = [
        {"id": "rfnd_1", "payment_id": "pay_9", "amount": 100, "currency": "INR", "status": "processed"},
        {"id": "rfnd_2", "payment_id": "pay_9", "amount": 100, "currency": "INR", "status": "failed"},
    ]
    assert gateway_side([], refunds).refunds == {}
