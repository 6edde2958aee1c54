"""For how long the oldest refund has been on its way."""

import json
from datetime import UTC, datetime, timedelta

from functions.payments.invariants.refund_age import oldest_refund_hours
from shared.db.entities import Payment, PaymentEvent
from shared.db.table import keys
from shared.db.table.base import Item
from shared.domain.lifecycle import PaymentStatus

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def payment(order_id: str, status: PaymentStatus) -> Payment:
    return Payment.build(keys.payment(order_id), order_id=order_id, status=status)


def history_entry(order_id: str, number: int, hours_ago: float, status: str) -> PaymentEvent:
    changes = json.dumps({"status": status})
    at = NOW - timedelta(hours=hours_ago)
    return PaymentEvent.build(keys.payment_event(order_id, number), order_id=order_id, at=at, changes=changes)


def test_oldest_refund_hours_without_pending_refund_is_zero() -> None:
    done: list[Item] = [payment("order_1", PaymentStatus.REFUNDED), history_entry("order_1", 2, 90, "refund_pending")]
    assert oldest_refund_hours(done, NOW) == 0
    assert oldest_refund_hours([], NOW) == 0


def test_oldest_refund_hours_counts_from_refund_decision() -> None:
    items: list[Item] = [
        payment("order_1", PaymentStatus.REFUND_PENDING),
        history_entry("order_1", 1, 200, "pending"),
        history_entry("order_1", 3, 49.5, "refund_pending"),
        payment("order_2", PaymentStatus.REFUND_PENDING),
        history_entry("order_2", 4, 3, "refund_pending"),
    ]
    assert oldest_refund_hours(items, NOW) == 49


def test_oldest_refund_hours_after_second_decision_counts_from_latest() -> None:
    items: list[Item] = [
        payment("order_1", PaymentStatus.REFUND_PENDING),
        history_entry("order_1", 2, 80, "refund_pending"),
        history_entry("order_1", 3, 70, "captured"),
        history_entry("order_1", 4, 5, "refund_pending"),
    ]
    assert oldest_refund_hours(items, NOW) == oldest_refund_hours(items[::-1], NOW) == 5
