"""The refunds that wait, and since when."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.payments.invariants.ledger import build_ledger
from functions.payments.invariants.refund_age import waiting_refunds
from shared.db.entities import Payment, PaymentEvent
from shared.db.table import keys
from shared.db.table.base import Item
from shared.domain.lifecycle import PaymentStatus
from shared.history_kinds import EvidenceKind, Source

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def payment(order_id: str, status: PaymentStatus, **attributes: Any) -> Payment:
    return Payment.build(keys.payment(order_id), order_id=order_id, status=status, currency="INR", **attributes)


def history_entry(
    order_id: str, number: int, hours_ago: float, status: str | None = None, **changes: Any
) -> PaymentEvent:
    return PaymentEvent.build(
        keys.payment_event(order_id, number),
        order_id=order_id,
        number=number,
        at=NOW - timedelta(hours=hours_ago),
        evidence=EvidenceKind.CAPTURED,
        source=Source.WEBHOOK,
        changes=json.dumps({**({"status": status} if status else {}), **changes}),
    )


def waiting_hours(*items: Item) -> list[float]:
    """How long ago each waiting refund was decided, in hours."""
    return [(NOW - since) / timedelta(hours=1) for since in waiting_refunds(build_ledger(items, NOW))]


def test_waiting_refunds_without_pending_refund_is_empty() -> None:
    refunded: list[Item] = [
        payment("order_1", PaymentStatus.REFUNDED),
        history_entry("order_1", 2, 90, "refund_pending"),
    ]
    assert waiting_hours(*refunded) == []
    assert waiting_hours() == []


def test_waiting_refunds_without_the_decision_in_the_history_is_empty() -> None:
    pending = payment("order_1", PaymentStatus.REFUND_PENDING)
    assert waiting_hours(pending, history_entry("order_1", 1, 200, "pending")) == []


def test_waiting_refunds_counts_from_refund_decision() -> None:
    items: list[Item] = [
        payment("order_1", PaymentStatus.REFUND_PENDING),
        history_entry("order_1", 1, 200, "pending"),
        history_entry("order_1", 3, 49.5, "refund_pending"),
        payment("order_2", PaymentStatus.REFUND_PENDING),
        history_entry("order_2", 4, 3, "refund_pending"),
    ]
    assert sorted(waiting_hours(*items)) == [3, 49.5]


def test_waiting_refunds_after_second_decision_counts_from_latest() -> None:
    items: list[Item] = [
        payment("order_1", PaymentStatus.REFUND_PENDING),
        history_entry("order_1", 2, 80, "refund_pending"),
        history_entry("order_1", 3, 70, "captured"),
        history_entry("order_1", 4, 5, "refund_pending"),
    ]
    assert waiting_hours(*items) == waiting_hours(*items[::-1]) == [5]


OPEN = {"k": {"amount": 100, "refund_id": ""}}
MADE = {"k": {"amount": 100, "refund_id": "rfnd_1"}}
CLOSED = {"k": {"amount": 100, "refund_id": "", "refused": "fully refunded already", "closed": True}}
CAPTURED = history_entry("order_1", 1, 900, "captured")


def refunds(status: str) -> dict[str, Any]:
    return {"rfnd_1": {"amount": 100, "status": status}}


def extra(*, held: bool = False, **refunded: Any) -> dict[str, Any]:
    return {"pay_2": {"amount": 100, "currency": "INR", "refunds": refunded, "other_returns": {}, "held": held}}


def test_waiting_refunds_of_open_request_counts_from_the_request() -> None:
    stored = payment("order_1", PaymentStatus.CAPTURED, refund_requests=OPEN)
    assert waiting_hours(stored, CAPTURED, history_entry("order_1", 2, 50, refund_requests=OPEN)) == [50]


def test_waiting_refunds_of_rejected_request_counts_from_the_request() -> None:
    refused = {"k": {**OPEN["k"], "refused": "not enough balance"}}
    stored = payment("order_1", PaymentStatus.CAPTURED, refund_requests=refused)
    steps = [
        history_entry("order_1", 2, 50, refund_requests=OPEN),
        history_entry("order_1", 3, 49, refund_requests=refused),
    ]
    assert waiting_hours(stored, CAPTURED, *steps) == [50]


def test_waiting_refunds_of_request_whose_refund_was_reversed_counts_from_the_reversal() -> None:
    steps = [
        history_entry("order_1", 2, 800, refund_requests=OPEN),
        history_entry("order_1", 3, 799, refund_requests=MADE, refunds=refunds("pending")),
        history_entry("order_1", 4, 700, refunds=refunds("processed")),
        history_entry("order_1", 5, 10, refund_requests=OPEN, refunds=refunds("reversed")),
    ]
    stored = payment("order_1", PaymentStatus.CAPTURED, refund_requests=OPEN, refunds=refunds("reversed"))
    assert waiting_hours(stored, CAPTURED, *steps) == [10]


@pytest.mark.parametrize("status", ["pending", "unknown"])
def test_waiting_refunds_of_request_whose_refund_is_pending_counts_once_from_the_request(status: str) -> None:
    stored = payment("order_1", PaymentStatus.CAPTURED, refund_requests=MADE, refunds=refunds(status))
    steps = [
        history_entry("order_1", 2, 50, refund_requests=OPEN),
        history_entry("order_1", 3, 40, refund_requests=MADE, refunds=refunds(status)),
    ]
    assert waiting_hours(stored, CAPTURED, *steps) == [50]


@pytest.mark.parametrize("status", ["pending", "unknown"])
def test_waiting_refunds_of_pending_refund_without_a_request_counts_from_its_first_report(status: str) -> None:
    """An admin made it in Razorpay's dashboard."""
    stored = payment("order_1", PaymentStatus.CAPTURED, refunds=refunds(status))
    assert waiting_hours(stored, CAPTURED, history_entry("order_1", 2, 40, refunds=refunds(status))) == [40]


def test_waiting_refunds_of_request_that_was_closed_in_error_counts_from_its_refund() -> None:
    """A refund of it was found after Razorpay had rejected it for good."""
    stored = payment("order_1", PaymentStatus.CAPTURED, refund_requests=MADE, refunds=refunds("pending"))
    steps = [
        history_entry("order_1", 2, 50, refund_requests=OPEN),
        history_entry("order_1", 3, 45, refund_requests=CLOSED),
        history_entry("order_1", 4, 40, refund_requests=MADE, refunds=refunds("pending")),
    ]
    assert waiting_hours(stored, CAPTURED, *steps) == [40]


def test_waiting_refunds_of_pending_full_refund_counts_once() -> None:
    stored = payment("order_1", PaymentStatus.REFUND_PENDING, refunds=refunds("pending"))
    steps = [
        history_entry("order_1", 2, 50, "refund_pending"),
        history_entry("order_1", 3, 40, refunds=refunds("pending")),
    ]
    assert waiting_hours(stored, CAPTURED, *steps) == [50]


def test_waiting_refunds_of_duplicate_capture_counts_from_its_capture() -> None:
    stored = payment("order_1", PaymentStatus.CAPTURED, surplus=extra())
    assert waiting_hours(stored, CAPTURED, history_entry("order_1", 2, 720, surplus=extra())) == [720]


def test_waiting_refunds_of_released_capture_counts_from_its_release() -> None:
    stored = payment("order_1", PaymentStatus.FAILED, surplus=extra())
    steps = [
        history_entry("order_1", 2, 720, surplus=extra(held=True)),
        history_entry("order_1", 3, 7, surplus=extra()),
    ]
    assert waiting_hours(stored, CAPTURED, *steps) == [7]


@pytest.mark.parametrize(
    "attributes",
    [
        {"refund_requests": CLOSED},
        {"refund_requests": MADE, "refunds": refunds("processed")},
        {"refunds": refunds("failed")},
        {"surplus": extra(held=True)},
        {"surplus": extra(**refunds("processed"))},
    ],
)
def test_waiting_refunds_of_nothing_due_is_empty(attributes: dict[str, Any]) -> None:
    stored = payment("order_1", PaymentStatus.CAPTURED, **attributes)
    assert waiting_hours(stored, CAPTURED, history_entry("order_1", 2, 720, **attributes)) == []


def test_waiting_refunds_of_refunded_payment_ignores_its_open_request() -> None:
    """The whole payment was refunded, the requested part with it."""
    stored = payment("order_1", PaymentStatus.REFUNDED, refund_requests=OPEN)
    assert waiting_hours(stored, CAPTURED, history_entry("order_1", 2, 50, refund_requests=OPEN)) == []


def test_waiting_refunds_of_one_payment_counts_each() -> None:
    requests = {**OPEN, "l": {"amount": 50, "refund_id": ""}}
    stored = payment("order_1", PaymentStatus.REFUND_PENDING, refund_requests=requests, surplus=extra())
    steps = [
        history_entry("order_1", 2, 50, refund_requests=OPEN),
        history_entry("order_1", 3, 40, refund_requests=requests),
        history_entry("order_1", 4, 30, "refund_pending"),
        history_entry("order_1", 5, 20, surplus=extra()),
    ]
    assert sorted(waiting_hours(stored, CAPTURED, *steps)) == [20, 30, 40, 50]
