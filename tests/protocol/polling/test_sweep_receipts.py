"""The sweep numbers receipts from a queue of their own, many in one transaction, after the polls."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.payments.polling import due_receipts
from functions.payments.polling.sweep import sweep
from functions.payments.receipts.receipt_service import ensure_numbered
from shared import clock, ids
from shared.db import due_index
from shared.db.due_index import DueItem, due_attributes, due_receipt_attributes
from shared.db.entities import Receipt
from shared.db.payments.documents import number_series, receipts
from shared.db.payments.documents.number_series import RECEIPTS
from shared.db.table import keys, store
from shared.db.table.transaction import Transaction
from shared.errors import StoreUnavailable
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.dynamodb_faults import ProcessKilled, kill_process
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.sweep_actions import create_orders, inject_gateway_outage, run_sweep, sweep_report


def put_receipts(count: int, *, captured_at: datetime | None = None, old_queue: bool = False) -> list[str]:
    """That many receipts without a number, one captured a millisecond after the other; returns their order ids."""
    first = captured_at or clock.now() - timedelta(milliseconds=count)
    order_ids = [f"order_{ids.ulid()[-14:]}" for _ in range(count)]
    items = []
    for number, order_id in enumerate(order_ids):
        at = first + timedelta(milliseconds=number)
        items.append(
            Receipt.build(
                keys.receipt(order_id),
                order_id=order_id,
                payment_id=f"pay_{order_id[6:]}",
                user_id=ids.user(),
                learner_name="Ravi",
                course_id=ids.course(),
                course_title="Ragas",
                amount=PRICE,
                currency="INR",
                captured_at=at,
                **(due_attributes if old_queue else due_receipt_attributes)(order_id, at),
            )
        )
    for start in range(0, count, 100):
        rows.put(*items[start : start + 100])
    return order_ids


def numbers(order_ids: list[str]) -> list[str | None]:
    return [receipt.number if receipt else None for receipt in map(receipts.get, order_ids)]


def consecutive(count: int, first: int = 1) -> list[str]:
    return [f"L/26-27/{number:06d}" for number in range(first, first + count)]


pytestmark = pytest.mark.usefixtures("shop")


class TestQueue:
    def test_sweep_numbers_receipts_of_earlier_versions_after_the_polls(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
    ) -> None:
        sold = put_receipts(60, old_queue=True)
        paid = shop.create_order(student)["order_id"]
        shop.pay(paid)
        shop.clock.advance(minutes=5)
        before = len(dynamodb.calls)
        report = sweep(limit=16)
        assert (report.verdicts, report.receipts, report.deferred) == ({"granted": 1}, 60, 0)
        assert sorted(map(str, numbers(sold))) == consecutive(60)
        first, *_ = [call for call in dynamodb.calls[before:] if call.startswith("TransactWriteItems")]
        assert f"PAYMENT#{paid}" in first
        assert sweep().receipts == 1, "that of the paid order"

    def test_sweep_polls_leave_20_seconds_to_the_receipts(self, shop: Storefront, student: Api) -> None:
        put_receipts(3)
        create_orders(shop, student, 3)
        shop.clock.advance(minutes=5)
        report = sweep(seconds_left=lambda: 39)
        assert (report.verdicts, report.receipts, report.deferred) == ({}, 3, 3)

    def test_sweep_below_20_seconds_remaining_numbers_no_further_receipts(self) -> None:
        sold = put_receipts(120)
        left = iter([20.0, 20.0, 19.0])
        report = sweep(seconds_left=lambda: next(left))
        assert (report.receipts, report.deferred) == (100, 20)
        assert numbers(sold) == [*consecutive(100), *[None] * 20]
        assert sweep().receipts == 20

    def test_sweep_gateway_down_numbers_receipts(self, shop: Storefront, student: Api) -> None:
        sold = put_receipts(2)
        create_orders(shop, student, 4)
        shop.clock.advance(minutes=5)
        inject_gateway_outage(shop)
        assert run_sweep()["receipts"] == 2
        assert numbers(sold) == consecutive(2)

    def test_sweep_unlistable_receipts_keep_no_poll_from_being_made(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
    ) -> None:
        paid = shop.create_order(student)["order_id"]
        shop.pay(paid)
        shop.clock.advance(minutes=5)
        for _ in range(4):
            dynamodb.run_before("Query", lambda: None)
        dynamodb.run_before("Query", lambda: dynamodb.time_out_next(1))
        assert run_sweep() == sweep_report(processed=1, verdicts={"granted": 1}, deferred=1)

    def test_sweep_lagging_index_of_receipts_hides_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """It lists every receipt until the run ends, also those that have their number. A page is longer by the number
        of those that the page before contained."""
        sold = put_receipts(30)
        monkeypatch.setattr(due_receipts, "_PAGE_SIZE", 10)
        everything, limits = due_index.list_due_receipts(clock.now(), 100), list[int]()

        def list_lagging(_: datetime, limit: int) -> list[DueItem]:
            limits.append(limit)
            return everything[:limit]

        monkeypatch.setattr(due_index, "list_due_receipts", list_lagging)
        report = sweep()
        assert (report.receipts, report.deferred) == (30, 0)
        assert limits == [10, 10, 20, 20, 30, 30, 40]
        assert numbers(sold) == consecutive(30)


class TestNumbers:
    def test_sweep_numbers_follow_the_captures_of_each_financial_year(self) -> None:
        march = datetime.fromisoformat("2026-03-31T18:00:00Z")
        old = put_receipts(2, captured_at=march)
        new = put_receipts(2)
        assert sweep().receipts == 4
        assert numbers(old) == ["L/25-26/000001", "L/25-26/000002"]
        assert numbers(new) == consecutive(2)

    def test_sweep_receipt_numbered_by_reader_meanwhile_keeps_its_number(self, dynamodb: MemoryDynamoDb) -> None:
        sold = put_receipts(10)
        unread = receipts.get(sold[4])
        assert unread
        dynamodb.run_before("TransactWriteItems", lambda: ensure_numbered(unread))
        assert sweep().receipts == 10
        assert numbers(sold) == [*consecutive(4, 2), "L/26-27/000001", *consecutive(5, 6)]

    def test_sweep_two_runs_at_once_number_each_receipt_once(self, dynamodb: MemoryDynamoDb) -> None:
        sold = put_receipts(120)
        dynamodb.run_before("TransactWriteItems", sweep, times=3)
        sweep()
        assert numbers(sold) == consecutive(120)
        assert number_series.counters(RECEIPTS, ["26-27"])["26-27"].last == 120

    def test_sweep_killed_after_a_transaction_leaves_neither_gap_nor_duplicate(self, dynamodb: MemoryDynamoDb) -> None:
        sold = put_receipts(120)
        dynamodb.run_before("TransactWriteItems", lambda: None)
        dynamodb.run_before("TransactWriteItems", kill_process)
        with pytest.raises(ProcessKilled):
            sweep()
        assert numbers(sold) == [*consecutive(50), *[None] * 70]
        assert sweep().receipts == 70
        assert numbers(sold) == consecutive(120)

    def test_sweep_deleted_receipt_is_left_out(self, dynamodb: MemoryDynamoDb) -> None:
        sold = put_receipts(3)
        dynamodb.run_before("TransactWriteItems", lambda: store.delete(keys.receipt(sold[1])))
        assert sweep().receipts == 2
        assert numbers(sold) == ["L/26-27/000001", None, "L/26-27/000002"]


class TestDeferredReceipts:
    def test_sweep_unreadable_receipt_is_deferred_alone(self, shop: Storefront, dynamodb: MemoryDynamoDb) -> None:
        sold = put_receipts(5)
        dynamodb.corrupt(keys.receipt(sold[2]), "amount")
        shop.clock.advance(minutes=1)
        report = sweep()
        assert (report.processed, report.receipts, report.deferred) == (5, 4, 1)
        assert numbers(sold[:2] + sold[3:]) == consecutive(4)
        assert due_time_of(dynamodb, sold[2]) == "2026-11-23T12:05:00.000Z"

    def test_sweep_unavailable_table_ends_the_numbering_of_the_run(
        self, dynamodb: MemoryDynamoDb, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sold = put_receipts(120)
        commit, calls = Transaction.commit, []

        def fail_second(transaction: Transaction) -> Any:
            calls.append(transaction)
            if len(calls) == 2:
                dynamodb.time_out_next(5)
            return commit(transaction)

        monkeypatch.setattr(Transaction, "commit", fail_second)
        report = sweep()
        assert (report.receipts, report.deferred, len(calls)) == (50, 70, 2)
        assert sweep().receipts == 70
        assert numbers(sold) == consecutive(120)


def due_time_of(dynamodb: MemoryDynamoDb, order_id: str) -> str:
    """The due time of a receipt that cannot be read."""
    return str(dynamodb._table.items[keys.receipt(order_id)]["gsi2sk"]["S"])


def test_receipt_of_deleted_item_cannot_be_numbered() -> None:
    [sold] = put_receipts(1)
    unread = receipts.get(sold)
    assert unread
    store.delete(keys.receipt(sold))
    with pytest.raises(StoreUnavailable, match="deleted"):
        ensure_numbered(unread)


def test_f67_sweep_1200_sales_at_once_do_not_delay_a_paid_order(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    """They kept it waiting for three runs when receipts were due among the polls, and took 5 requests each."""
    sold = put_receipts(1_200)
    shop.clock.advance(seconds=30)
    paid = shop.create_order(student)["order_id"]
    shop.pay(paid)
    shop.clock.advance(minutes=5)
    before = len(dynamodb.calls)
    report = run_sweep()
    assert (report["verdicts"], report["receipts"], report["deferred"]) == ({"granted": 1}, 1_201, 0)
    assert (report["oldest_due_seconds"], report["oldest_receipt_seconds"]) == (0, 331)
    calls = [call.split()[0] for call in dynamodb.calls[before:]]
    assert numbers([*sold, paid]) == consecutive(1_201)
    granted = calls.index("TransactWriteItems")
    assert calls[:granted].count("Query") == 8
    assert Counter(calls[calls.index("UpdateItem") + 1 :]) == {  # after the poll
        "Query": 8,  # two further pages of 500 receipts
        "BatchGetItem": 50,  # 25 batches of 50 receipts, and of their learners
        "GetItem": 25,  # the counter
        "TransactWriteItems": 25,
    }
