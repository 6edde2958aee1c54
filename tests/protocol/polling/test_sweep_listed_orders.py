"""The sweep polls many orders with one list call, and falls back to a poll of each order."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.payments.polling.sweep import sweep
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import Storefront
from tests.protocol.sweep_actions import (
    change_listed_orders,
    create_apart,
    create_foreign_orders,
    create_listable_orders,
    create_orders,
    list_calls,
    polls,
    run_sweep,
    sweep_report,
)


class TestListCall:
    def test_sweep_100_orders_created_together_need_one_call(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        orders = create_orders(shop, student, 100)
        for order_id in orders[:3]:
            shop.pay(order_id)
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        assert run_sweep() == sweep_report(
            processed=100, verdicts={"recorded": 97, "granted": 3}, listed=100, list_calls=1
        )
        created = int(shop.clock.seconds()) - 300
        window = f"from={created - 5}&to={created + 10}"
        assert gateway_calls[0] == f"GET /v1/orders?{window}&expand%5B%5D=payments&count=100&skip=0"
        assert polls(gateway_calls) == []
        assert {shop.payment(order_id).status.value for order_id in orders[:3]} == {"captured"}

    def test_sweep_window_with_other_orders_reads_pages_while_they_contain_due_orders(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        for _ in range(3):
            create_listable_orders(shop, student, 4)
            create_foreign_orders(shop, 90)
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        assert run_sweep()["listed"] == 12
        assert (len(list_calls(gateway_calls)), len(gateway_calls)) == (3, 3)

    def test_sweep_window_of_other_orders_falls_back_to_polls_of_each_order(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        orders = create_listable_orders(shop, student, 5)
        create_foreign_orders(shop, 1_000)
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        assert run_sweep() == sweep_report(processed=5, verdicts={"recorded": 5}, list_calls=1, oldest_due_seconds=5)
        assert len(list_calls(gateway_calls)) == 1, "the page contains too few due orders for another one"
        assert sorted(polls(gateway_calls)) == sorted(f"GET /v1/orders/{order_id}/payments" for order_id in orders)

    def test_sweep_large_window_is_read_beyond_a_page_of_newer_orders(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        create_orders(shop, student, 150)
        create_foreign_orders(shop, 150)
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        assert run_sweep()["listed"] == 150
        assert (len(list_calls(gateway_calls)), polls(gateway_calls)) == (3, [])

    def test_sweep_large_window_of_other_orders_is_read_for_two_pages(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        create_orders(shop, student, 100)
        create_foreign_orders(shop, 200)
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        assert run_sweep()["listed"] == 0
        assert (len(list_calls(gateway_calls)), len(polls(gateway_calls))) == (2, 100)

    def test_sweep_number_of_calls_is_bounded_by_five_quarters_of_the_orders(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        """The worst window: each page contains just enough due orders for the next one, and the last contains none."""
        create_listable_orders(shop, student, 4, 0)
        create_foreign_orders(shop, 100)
        for _ in range(5):
            create_foreign_orders(shop, 96)
            create_listable_orders(shop, student, 4, 0)
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        run_sweep()
        assert (len(list_calls(gateway_calls)), len(polls(gateway_calls))) == (24 // 4, 4)

    @pytest.mark.parametrize(
        ("create", "count"), [(create_apart, 5), (create_orders, 3)], ids=["minutes apart", "three together"]
    )
    def test_sweep_orders_that_a_list_would_not_save_calls_for_are_polled_one_by_one(
        self,
        shop: Storefront,
        student: Api,
        gateway_calls: list[str],
        create: Callable[[Storefront, Api, int], list[str]],
        count: int,
    ) -> None:
        create(shop, student, count)
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        assert run_sweep()["list_calls"] == 0
        assert len(polls(gateway_calls)) == count

    def test_sweep_orders_with_a_known_payment_are_polled_one_by_one(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        """A list may lag: it would void an authorization that it does not show yet."""
        for order_id in create_orders(shop, student, 5):
            shop.verify(student, shop.pay(order_id, "authorized"))
        shop.clock.advance(minutes=15)
        gateway_calls.clear()
        assert run_sweep() == sweep_report(processed=5, verdicts={"captured": 5})
        assert (list_calls(gateway_calls), len(polls(gateway_calls))) == ([], 5)


class TestUnusableList:
    @pytest.mark.parametrize("kind", ["503", "409", "bad_json"])
    def test_sweep_failed_list_call_falls_back_to_polls_of_each_order(
        self, shop: Storefront, student: Api, gateway_calls: list[str], kind: str
    ) -> None:
        orders = create_orders(shop, student, 5)
        shop.pay(orders[0])
        shop.clock.advance(minutes=5)
        shop.control("POST", "faults", {"kind": kind, "times": 3, "path": "/v1/orders"})
        gateway_calls.clear()
        assert run_sweep() == sweep_report(processed=5, verdicts={"recorded": 4, "granted": 1})
        assert len(polls(gateway_calls)) == 5

    @pytest.mark.parametrize(
        "payments", [None, [], {"items": None, "count": 0}, {"items": [], "count": 1}, {"items": []}]
    )
    def test_sweep_list_without_complete_payments_falls_back_to_polls_of_each_order(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, payments: Any
    ) -> None:
        orders = create_orders(shop, student, 5)
        shop.pay(orders[0])
        shop.clock.advance(minutes=5)
        change_listed_orders(monkeypatch, lambda order: order.update(payments=payments))
        assert run_sweep() == sweep_report(processed=5, verdicts={"recorded": 4, "granted": 1}, list_calls=1)

    def test_sweep_order_missing_from_lagging_list_is_polled_by_itself(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, gateway_calls: list[str]
    ) -> None:
        orders = create_orders(shop, student, 6)
        shop.pay(orders[5])
        shop.clock.advance(minutes=5)
        change_listed_orders(monkeypatch, lambda order: order.update(id=order["id"].replace(orders[5], "other")))
        gateway_calls.clear()
        report = run_sweep()
        assert (report["listed"], report["verdicts"]) == (5, {"recorded": 5, "granted": 1})
        assert polls(gateway_calls) == [f"GET /v1/orders/{orders[5]}/payments"]

    def test_sweep_payment_missing_from_lagging_list_is_found_by_the_next_poll(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        orders = create_orders(shop, student, 5)
        shop.pay(orders[0])
        shop.clock.advance(minutes=5)
        with monkeypatch.context() as lagging:
            change_listed_orders(lagging, lambda order: order.update(payments={"items": [], "count": 0}))
            run_sweep()
        assert shop.payment(orders[0]).status == "pending"
        shop.clock.advance(minutes=10)
        run_sweep()
        assert shop.payment(orders[0]).status == "captured"

    def test_sweep_list_older_than_a_minute_is_not_used(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb, gateway_calls: list[str]
    ) -> None:
        """The polls before this one were slow. Meanwhile the order was paid."""
        orders = create_listable_orders(shop, student, 5)
        shop.clock.advance(minutes=5)

        def time_passes() -> None:
            shop.clock.advance(seconds=60)
            shop.pay(orders[4])

        dynamodb.run_before("TransactWriteItems", time_passes)
        gateway_calls.clear()
        report = sweep()
        assert (report.listed, report.verdicts) == (1, {"recorded": 4, "granted": 1})
        assert polls(gateway_calls) == [f"GET /v1/orders/{order_id}/payments" for order_id in orders[1:]]

    def test_sweep_listed_order_with_failing_capture_is_deferred_alone(self, shop: Storefront, student: Api) -> None:
        orders = create_orders(shop, student, 5)
        for order_id in orders[:2]:
            shop.pay(order_id, "authorized")
        shop.clock.advance(minutes=5)
        shop.control("POST", "faults", {"kind": "500", "path": ".*/capture", "method": "POST"})
        report = run_sweep()
        assert (report["deferred"], report["verdicts"]) == (1, {"recorded": 3, "granted": 1})
        assert sorted(shop.payment(order_id).status.value for order_id in orders[:2]) == ["authorized", "captured"]


@pytest.mark.parametrize("seconds", [-5, 10])
def test_sweep_listed_orders_with_another_creation_time_at_gateway_are_found(
    shop: Storefront, student: Api, seconds: int
) -> None:
    """Our creation time is taken before the call, and clocks differ."""
    for order_id in create_orders(shop, student, 4):
        shop.gateway.ledger.orders[order_id].created_at += seconds
    shop.clock.advance(minutes=5)
    assert run_sweep() == sweep_report(processed=4, verdicts={"recorded": 4}, listed=4, list_calls=1)
