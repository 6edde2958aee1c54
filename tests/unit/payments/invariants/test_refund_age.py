"""The age of the oldest pending refund."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from functions.payments.invariants.ledger import build_ledger
from functions.payments.invariants.refund_age import oldest_refund_hours
from shared.db.entities import Payment, PaymentEvent
from shared.db.table import keys
from shared.db.table.base import Item
from shared.domain.lifecycle import PaymentStatus
from shared.history_kinds import EvidenceKind, Source

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def payment(order_id: str, status: PaymentStatus) -> Payment:
    return Payment.build(keys.payment(order_id), order_id=order_id, status=status)


def history_entry(order_id: str, number: int, hours_ago: float, status: str) -> PaymentEvent:
    return PaymentEvent.build(
        keys.payment_event(order_id, number),
        order_id=order_id,
        number=number,
        at=NOW - timedelta(hours=hours_ago),
        evidence=EvidenceKind.CAPTURED,
        source=Source.WEBHOOK,
        changes=json.dumps({"status": status}),
    )


def age(items: Iterable[Item]) -> int:
    return oldest_refund_hours(build_ledger(items, NOW))


def test_oldest_refund_hours_without_pending_refund_is_zero() -> None:
    refunded: list[Item] = [
        payment("order_1", PaymentStatus.REFUNDED),
        history_entry("order_1", 2, 90, "refund_pending"),
    ]
    assert age(refunded) == 0
    assert age([]) == 0


def test_oldest_refund_hours_without_the_decision_in_the_history_is_zero() -> None:
    assert age([payment("order_1", PaymentStatus.REFUND_PENDING), history_entry("order_1", 1, 200, "pending")]) == 0


def test_oldest_refund_hours_counts_from_refund_decision() -> None:
    items: list[Item] = [
        payment("order_1", PaymentStatus.REFUND_PENDING),
        history_entry("order_1", 1, 200, "pending"),
        history_entry("order_1", 3, 49.5, "refund_pending"),
        payment("order_2", PaymentStatus.REFUND_PENDING),
        history_entry("order_2", 4, 3, "refund_pending"),
    ]
    assert age(items) == 49


def test_oldest_refund_hours_after_second_decision_counts_from_latest() -> None:
    items: list[Item] = [
        payment("order_1", PaymentStatus.REFUND_PENDING),
        history_entry("order_1", 2, 80, "refund_pending"),
        history_entry("order_1", 3, 70, "captured"),
        history_entry("order_1", 4, 5, "refund_pending"),
    ]
    assert age(items) == age(items[::-1]) == 5
