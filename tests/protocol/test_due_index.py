"""The due index lists due items of all partitions and pages in order."""

from datetime import timedelta
from typing import Any

import pytest

from cli._payment_matrix import NOW, make_payment
from shared.db import due_index
from shared.db.entities import Payment
from shared.db.table import keys, store
from shared.domain.lifecycle import PaymentStatus
from tests.fixtures import rows
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb

pytestmark = pytest.mark.usefixtures("table")


def in_minutes(number: int) -> Any:
    return NOW + timedelta(minutes=number)


def put_due(order_id: str, minutes: int) -> None:
    payment = make_payment(PaymentStatus.PENDING, order_id=order_id)
    payment.pk, payment.sk = keys.payment(order_id)
    for name, value in due_index.due_attributes(order_id, in_minutes(minutes)).items():
        setattr(payment, name, value)
    rows.put(payment)


@pytest.fixture
def nine_orders(table: str) -> None:
    """Order 1 is due last, order 9 first; they are in all four partitions."""
    for number in range(1, 10):
        put_due(f"order_{number}", 10 - number)


@pytest.mark.usefixtures("nine_orders")
class TestListDue:
    def test_items_of_all_partitions_are_listed_oldest_first(self) -> None:
        listed = due_index.list_due(in_minutes(5), 100)
        assert listed == [(keys.payment(f"order_{number}"), in_minutes(10 - number)) for number in (9, 8, 7, 6, 5)]

    def test_limit_keeps_the_oldest_of_all_partitions(self) -> None:
        assert [item.key.pk for item in due_index.list_due(in_minutes(60), 3)] == [
            "PAYMENT#order_9",
            "PAYMENT#order_8",
            "PAYMENT#order_7",
        ]

    def test_newest_first_and_a_limit_keep_the_newest_of_all_partitions(self) -> None:
        assert [item.key.pk for item in due_index.list_due(in_minutes(60), 2, newest_first=True)] == [
            "PAYMENT#order_1",
            "PAYMENT#order_2",
        ]

    def test_receipts_are_in_partitions_of_their_own(self) -> None:
        assert due_index.list_due_receipts(in_minutes(60), 100) == []


def test_partition_is_read_page_by_page_up_to_the_limit(
    dynamodb: MemoryDynamoDb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of DynamoDB ends at 1 MB, whatever the limit: here after two items."""
    order_ids = [f"order_{number}{9 - number}" for number in range(6)]
    for number, order_id in enumerate(order_ids):
        put_due(order_id, number)
    [partition] = {keys.due(order_id, NOW).pk for order_id in order_ids}
    limits: list[int] = []
    call = dynamodb._make_api_call

    def two_at_most(operation: str, request: dict[str, Any]) -> Any:
        limits.append(request["Limit"])
        return call(operation, {**request, "Limit": min(2, request["Limit"])})

    monkeypatch.setattr(dynamodb, "_make_api_call", two_at_most)
    entries = due_index._query_partition(partition, in_minutes(60), 5, False)
    assert [each.key.pk for each in entries] == [f"PAYMENT#{order_id}" for order_id in order_ids[:5]]
    assert limits == [5, 3, 1]


def test_reschedule_moves_the_step_unless_it_was_rescheduled_meanwhile() -> None:
    put_due("order_1", 1)
    key = keys.payment("order_1")
    due_index.reschedule(key, in_minutes(1), in_minutes(7))
    due_index.reschedule(key, in_minutes(1), in_minutes(9))
    assert due_index.list_due(in_minutes(60), 10) == [(key, in_minutes(7))]
    assert store.get(Payment, key) is not None
