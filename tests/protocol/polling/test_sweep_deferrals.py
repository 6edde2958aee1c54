"""The sweep defers what it cannot settle, and none of that blocks other items."""

import json
from datetime import timedelta

import pytest

from functions.payments import sweep_handler
from functions.payments.invariants.ledger import build_ledger
from functions.payments.invariants.rules.scheduled_polls import check_not_stuck
from functions.payments.polling.sweep import sweep
from shared import clock
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.logs import captured_logs
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.protocol.stored_state import next_poll_at
from tests.protocol.sweep_actions import create_orders, inject_poll_fault, run_sweep, sweep_report


class TestDeferredItems:
    def test_sweep_stuck_order_is_rescheduled_with_growing_delay(self, shop: Storefront, student: Api) -> None:
        """An order whose polls always fail is polled in the next run, then after a quarter of its idle time."""
        order_id = shop.create_order(student)["order_id"]
        inject_poll_fault(shop, "409", times=1000)
        looks = []
        for minutes in (5, 4, 4, 120, 60 * 24 * 30):
            shop.clock.advance(minutes=minutes)
            assert run_sweep()["deferred"] == 1
            looks.append(next_poll_at(shop.payment(order_id)))
        assert looks == ["23 12:09", "23 12:13", "23 12:17", "23 14:46", "24 14:13"]
        assert (shop.payment(order_id).version, shop.states(student, order_id)) == (1, ("pending", "pending"))
        ledger = build_ledger([shop.payment(order_id)], clock.now())
        found = [str(breach) for breach in check_not_stuck(ledger, clock.now() - timedelta(minutes=75))]
        assert found == [f"I6 {order_id}: pending, but its order window ended at 2026-11-23T12:30:00.000Z"]

    def test_sweep_three_failing_orders_do_not_block_others(self, shop: Storefront, student: Api) -> None:
        for each in create_orders(shop, student, 3):
            inject_poll_fault(shop, "503", times=1000, order_id=each)
        shop.clock.advance(minutes=1)
        paid = shop.create_order(student)["order_id"]
        shop.pay(paid)
        for _ in range(3):
            shop.clock.advance(minutes=5)
            run_sweep()
        assert shop.states(student, paid) == ("captured", "active")

    def test_sweep_pending_refunds_do_not_block_others(self, shop: Storefront, student: Api, admin: Api) -> None:
        shop.control("PATCH", "settings", {"refunds": "hold"})
        for order_id in create_orders(shop, student, 3):
            shop.pay(order_id)
            shop.deliver()
            assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
        shop.clock.advance(minutes=20)
        paid = shop.create_order(student)["order_id"]
        shop.pay(paid)
        for _ in range(8):
            shop.clock.advance(minutes=5)
            sweep(limit=3)
        assert shop.states(student, paid) == ("captured", "active")

    def test_sweep_below_40_seconds_remaining_begins_no_poll(self, shop: Storefront, student: Api) -> None:
        create_orders(shop, student, 3)
        shop.clock.advance(minutes=5)
        left = iter([40_000, 39_999, 39_999])
        context = type("Context", (), {"get_remaining_time_in_millis": lambda _: next(left)})()
        assert sweep_handler.lambda_handler({}, context) == sweep_report(
            processed=1, verdicts={"recorded": 1}, deferred=2
        )

    def test_sweep_failed_reschedule_is_logged_and_does_not_block_others(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
    ) -> None:
        create_orders(shop, student, 2)
        shop.clock.advance(minutes=5)
        inject_poll_fault(shop, "503", times=3)
        dynamodb.run_before("UpdateItem", lambda: dynamodb.time_out_next(1))
        with captured_logs() as lines:
            assert run_sweep() == sweep_report(processed=2, verdicts={"recorded": 1}, deferred=1)
        entries = [json.loads(line) for line in lines.getvalue().splitlines()]
        [line] = [each for each in entries if each["message"] == "not rescheduled"]
        assert line["level"] == "WARNING"
        assert line["item"] in [f"PAYMENT#{each}" for each in shop.gateway.ledger.orders]
        assert "StoreUnavailable" in line["exception"]

    def test_sweep_out_of_time_counts_already_deferred_items(self, shop: Storefront, student: Api) -> None:
        create_orders(shop, student, 3)
        shop.clock.advance(minutes=5)
        inject_poll_fault(shop, "503", times=3)
        left = iter([40, 39, 39])
        assert sweep(seconds_left=lambda: next(left)).deferred == 3

    def test_sweep_deferred_item_is_logged_and_settled_by_next_run(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id)
        shop.clock.advance(minutes=5)
        inject_poll_fault(shop, "503", times=3)
        with captured_logs() as lines:
            assert run_sweep() == sweep_report(processed=1, deferred=1)
        shop.clock.advance(minutes=4)
        line = json.loads(lines.getvalue().splitlines()[0])
        assert (line["level"], line["message"]) == ("WARNING", "deferred to the next sweep")
        assert line["item"] == f"PAYMENT#{order_id}"
        assert "GatewayUnavailable" in line["exception"]
        assert shop.states(student, order_id) == ("pending", "pending")
        assert run_sweep() == sweep_report(processed=1, verdicts={"granted": 1})

    def test_sweep_unreadable_item_is_logged_and_does_not_block_others(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
    ) -> None:
        *broken, one, two = create_orders(shop, student, 4)
        shop.clock.advance(minutes=5)
        for order_id in broken:
            dynamodb.corrupt(keys.payment(order_id), "status")
        with captured_logs() as lines:
            assert run_sweep() == sweep_report(processed=4, verdicts={"recorded": 2}, deferred=2)
        entries = [json.loads(line) for line in lines.getvalue().splitlines()][:2]
        assert {(each["level"], each["message"]) for each in entries} == {("ERROR", "sweep failed on an item")}
        assert {each["item"] for each in entries} == {f"PAYMENT#{order_id}" for order_id in broken}
        assert next_poll_at(shop.payment(one)) == next_poll_at(shop.payment(two)) == "23 12:10"

    @pytest.mark.parametrize(
        ("read", "verdict"),
        [("BatchGetItem", "gone"), ("GetItem", "no_change")],
        ids=["after the index was read", "during its poll"],
    )
    def test_sweep_payment_that_is_deleted_is_processed_without_a_change(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb, read: str, verdict: str
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.clock.advance(minutes=5)
        dynamodb.run_before(read, lambda: store.delete(keys.payment(order_id)))
        assert run_sweep() == sweep_report(processed=1, verdicts={verdict: 1})
