"""New orders are polled before old ones, which are not starved, and a run repeats while work is left."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from functions.payments.polling import due_batch
from functions.payments.polling.due_batch import DueKeys
from functions.payments.polling.sweep import sweep
from shared.errors import StoreUnavailable
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront
from tests.protocol.stored_state import next_poll_at
from tests.protocol.sweep_actions import create_apart, create_orders


def polled(calls: list[str]) -> list[str]:
    """The ids of the orders that were polled by a call of their own, in order."""
    return [call.split("/")[3] for call in calls if call.startswith("GET /v1/orders/")]


def time_for(polls: int) -> Callable[[], float]:
    """Time for that many polls: the run asks before each whether there is time."""
    left: Iterator[float] = iter([100.0] * polls)
    return lambda: next(left, 0.0)


class TestOrderOfPolls:
    def test_sweep_polls_three_new_orders_and_then_an_old_one(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        old = create_apart(shop, student, 3)
        shop.clock.advance(hours=2)
        new = create_apart(shop, student, 8)
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        sweep()
        assert polled(gateway_calls) == [*new[:3], old[0], *new[3:6], old[1], *new[6:], old[2]]

    def test_sweep_paid_new_order_is_granted_before_a_backlog_of_old_orders(
        self, shop: Storefront, student: Api
    ) -> None:
        create_apart(shop, student, 20)
        shop.clock.advance(hours=2)
        paid = shop.create_order(student)["order_id"]
        shop.pay(paid)
        shop.clock.advance(minutes=5)
        report = sweep(seconds_left=time_for(polls=1))
        assert (report.verdicts, report.deferred) == ({"granted": 1}, 20)


class TestRepeatedBatches:
    def test_sweep_repeats_batches_until_nothing_is_due(self, shop: Storefront, student: Api) -> None:
        orders = create_apart(shop, student, 11)
        shop.clock.advance(minutes=5)
        report = sweep(limit=3)
        assert (report.processed, report.deferred) == (11, 0)
        assert all(shop.payment(order_id).version == 2 for order_id in orders)

    def test_sweep_without_time_leaves_the_rest_due(self, shop: Storefront, student: Api) -> None:
        create_apart(shop, student, 9)
        shop.clock.advance(minutes=5)
        first = sweep(limit=4, seconds_left=time_for(polls=4))
        assert (first.processed, first.deferred) == (4, 1), "one for all that the run did not list"
        assert sweep().processed == 5

    def test_sweep_order_that_stays_due_is_polled_once_a_run(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        """A manual sweep polls orders that are not due yet: their next poll stays where it is."""
        orders = create_orders(shop, student, 3)
        gateway_calls.clear()
        report = sweep(until=shop.clock.now().replace(hour=23), limit=2)
        assert report.processed == 3
        assert sorted(polled(gateway_calls)) == sorted(orders)
        assert {next_poll_at(shop.payment(order_id)) for order_id in orders} == {"23 12:05"}


class TestFurtherBatches:
    def test_sweep_unlistable_second_batch_ends_the_polls_and_numbers_receipts(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [sold, *_] = create_apart(shop, student, 6)
        shop.pay(sold)
        shop.deliver()
        shop.clock.advance(minutes=5)
        real, batches = due_batch.read_due_keys, iter(range(1))

        def read_due_keys(*arguments: Any) -> DueKeys:
            if next(batches, None) is None:
                raise StoreUnavailable
            return real(*arguments)

        monkeypatch.setattr(due_batch, "read_due_keys", read_due_keys)
        report = sweep(limit=3)
        assert (report.verdicts, report.receipts, report.deferred) == ({"recorded": 3}, 1, 1)

    def test_sweep_batch_not_listed_for_lack_of_time_counts_as_deferred(self, shop: Storefront, student: Api) -> None:
        create_apart(shop, student, 6)
        shop.clock.advance(minutes=5)
        left = iter([100.0] * 3)
        report = sweep(limit=3, seconds_left=lambda: next(left, 30.0))
        assert (report.verdicts, report.deferred) == ({"recorded": 3}, 1)


def test_f66_sweep_endless_new_orders_do_not_starve_old_ones(shop: Storefront, student: Api) -> None:
    """Each run has time for four polls, and more new orders become due than it can poll. One of four is of the
    order that was due first."""
    old = create_apart(shop, student, 3)
    shop.clock.advance(hours=2)
    for number in range(1, 4):
        create_apart(shop, student, 6)
        shop.clock.advance(minutes=5)
        report = sweep(limit=4, seconds_left=time_for(polls=4))
        assert report.processed == 4
        polled_old = [order_id for order_id in old if shop.payment(order_id).version > 1]
        assert polled_old == old[:number]
