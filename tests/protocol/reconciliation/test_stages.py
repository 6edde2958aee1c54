"""A stage of a pass by itself: which orders it heals, what it leaves to another stage, and what it counts."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.payments.reconciliation import stages
from functions.payments.reconciliation.account import account_stages
from functions.payments.reconciliation.heal_orders import Healer
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.reconciliation.stages import Slice
from shared.db.payments import payments
from shared.domain.lifecycle import PaymentStatus
from shared.domain.reconciliation import PassCounts
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayList, Json
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.logs import captured_logs
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.reconciliation.actions import open_differences


def slice_until_now(shop: Storefront) -> Slice:
    """A slice over the last hour."""
    now = int(shop.clock.now().timestamp())
    return Slice(now - 3600, now, now - 3600, Healer(OpenDifferences(), lambda: 900))


def orphaned_order(shop: Storefront, learner: Api, **notes: str) -> str:
    """An order of ours that is unknown here."""
    ours = {"stage": "local", "user_id": learner.user_id, "course_id": shop.course.course_id}
    receipt = f"rcpt_lost_{len(shop.gateway_order_ids())}"
    order_id: str = razorpay.create_order(PRICE, "INR", receipt, ours | notes)["id"]
    return order_id


def refunded_order(shop: Storefront, learner: Api) -> str:
    """An unknown order whose payment was refunded in full on Razorpay's page."""
    order_id = orphaned_order(shop, learner)
    refund_in_full(shop, order_id)
    return order_id


def refund_in_full(shop: Storefront, order_id: str) -> None:
    paid = shop.pay(order_id)
    razorpay.refund(paid["razorpay_payment_id"], PRICE, f"dashboard-{order_id}")
    shop.clock.advance(minutes=10)
    shop.gateway.tick()


def list_only(monkeypatch: pytest.MonkeyPatch, *entities: Any) -> None:
    """The gateway's lists contain these entities, on one page."""

    def fetch_page(_which: GatewayList, _since: int, _until: int, skip: int) -> list[Any]:
        return list(entities[skip:])

    monkeypatch.setattr(razorpay, "fetch_page", fetch_page)


class TestRefundedPayments:
    def test_reconcile_payments_leaves_refunded_ones_to_the_next_stage_and_counts_them(
        self, shop: Storefront, student: Api
    ) -> None:
        orders = [refunded_order(shop, student) for _ in range(3)]
        part = slice_until_now(shop)
        stages.reconcile_payments(part, None)
        assert (part.postponed, part.healer.counts) == (3, PassCounts(listed=3))
        assert [payments.get(order_id) for order_id in orders] == [None, None, None]

    def test_reconcile_refunded_payments_heals_them(self, shop: Storefront, student: Api) -> None:
        order_id = refunded_order(shop, student)
        part = slice_until_now(shop)
        stages.reconcile_refunded_payments(part, None)
        assert (part.postponed, part.healer.counts) == (0, PassCounts(listed=1, found=1, healed=1))
        assert (shop.payment(order_id).status, shop.payment(order_id).captured_amount) == ("refunded", PRICE)

    def test_reconcile_payments_heals_one_that_was_kept(self, shop: Storefront, student: Api) -> None:
        order_id = orphaned_order(shop, student)
        shop.pay(order_id)
        part = slice_until_now(shop)
        stages.reconcile_payments(part, None)
        assert (part.postponed, part.healer.counts) == (0, PassCounts(listed=1, found=1, healed=1))
        assert shop.states(student, order_id) == ("captured", "active")

    def test_reconcile_payments_ignores_failed_attempts_of_a_refunded_order(
        self, shop: Storefront, student: Api
    ) -> None:
        order_id = orphaned_order(shop, student)
        shop.pay(order_id, "failed")
        refund_in_full(shop, order_id)
        part = slice_until_now(shop)
        stages.reconcile_payments(part, None)
        assert (part.postponed, part.healer.counts) == (1, PassCounts(listed=2))


class TestPayments:
    def test_reconcile_payments_leaves_an_unknown_unpaid_order_to_the_stage_of_orders(
        self, shop: Storefront, student: Api
    ) -> None:
        order_id = orphaned_order(shop, student)
        shop.pay(order_id, "failed")
        part = slice_until_now(shop)
        stages.reconcile_payments(part, None)
        assert part.healer.counts == PassCounts(listed=1)
        assert payments.get(order_id) is None

    def test_reconcile_refunded_payments_heals_a_recorded_authorization_that_is_listed_as_failed(
        self, shop: Storefront, student: Api
    ) -> None:
        """Its order proves no money that was kept, so that the stage before leaves it too."""
        order_id = shop.create_order(student)["order_id"]
        payment_id = shop.pay(order_id, "failed")["razorpay_payment_id"]
        tamper(shop.payment(order_id), status=PaymentStatus.AUTHORIZED, payment_id=payment_id)
        part = slice_until_now(shop)
        stages.reconcile_payments(part, None)
        assert (part.postponed, part.healer.counts) == (1, PassCounts(listed=1))
        stages.reconcile_refunded_payments(part, None)
        assert part.healer.counts == PassCounts(listed=2, found=1, healed=1)
        assert shop.payment(order_id).status == "failed"

    def test_reconcile_payments_of_unreadable_order_counts_it_as_failed(self, shop: Storefront, student: Api) -> None:
        """Once when its captures on hold are read, once when it is healed."""
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id)
        tamper(shop.payment(order_id), surplus={"pay_BBBBBBBBBBBBBB": {"amount": 1}})
        part = slice_until_now(shop)
        with captured_logs() as logs:
            stages.reconcile_payments(part, None)
        lines = [json.loads(line) for line in logs.getvalue().splitlines()]
        assert [(line["code"], line["order_id"]) for line in lines if "code" in line] == [
            ("item_unreadable", order_id),
            ("not_reconciled", order_id),
        ]
        assert part.healer.counts == PassCounts(listed=1, found=1, failed=2)

    def test_record_holds_goes_on_after_an_unreadable_payment(
        self, shop: Storefront, new_user: Callable[..., Api]
    ) -> None:
        unreadable, held = (shop.create_order(new_user("student"))["order_id"] for _ in range(2))
        shop.pay(held, amount=PRICE - 1)
        shop.deliver()
        tamper(shop.payment(unreadable), surplus={"pay_BBBBBBBBBBBBBB": {"amount": 1}})
        part = slice_until_now(shop)
        with captured_logs() as logs:
            stages.record_holds(part, [shop.payment(unreadable), shop.payment(held)])
        [line] = map(json.loads, logs.getvalue().splitlines())
        assert (line["code"], line["order_id"]) == ("item_unreadable", unreadable)
        assert part.healer.counts == PassCounts(failed=1)
        assert [(order_id, kind) for order_id, kind, *_ in open_differences()] == [(held, "amount_unexplained")]

    def test_reconcile_payments_counts_each_payment_without_an_order_as_not_ours(
        self, shop: Storefront, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        foreign = {"status": "captured", "amount": 100, "currency": "INR", "captured": True, "order_id": None}
        list_only(monkeypatch, {**foreign, "id": "pay_AAAAAAAAAAAAAA"}, {**foreign, "id": "pay_BBBBBBBBBBBBBB"})
        part = slice_until_now(shop)
        stages.reconcile_payments(part, None)
        assert part.healer.counts == PassCounts(listed=2, not_ours=2)

    def test_reconcile_payments_counts_a_payment_with_a_malformed_order_id_as_unreadable(
        self, shop: Storefront, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entity: Json = {"id": "pay_AAAAAAAAAAAAAA", "status": "captured", "amount": 100, "currency": "INR"}
        list_only(monkeypatch, {**entity, "order_id": "order_short"})
        part = slice_until_now(shop)
        stages.reconcile_payments(part, None)
        assert part.healer.counts == PassCounts(listed=1, unreadable=1)


class TestOrders:
    def test_reconcile_orders_heals_a_stored_order_whose_notes_at_the_gateway_are_not_ours(
        self, shop: Storefront, student: Api
    ) -> None:
        """Anyone with access to Razorpay's page can change notes."""
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id)
        shop.gateway.ledger.orders[order_id].notes = {}
        part = slice_until_now(shop)
        stages.reconcile_orders(part, None)
        assert part.healer.counts == PassCounts(listed=1, found=1, healed=1)
        assert shop.states(student, order_id) == ("captured", "active")

    def test_reconcile_orders_of_another_product_reads_nothing_more(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
    ) -> None:
        orphaned_order(shop, student, stage="prod")
        part = slice_until_now(shop)
        dynamodb.calls.clear()
        stages.reconcile_orders(part, None)
        assert part.healer.counts == PassCounts(listed=1, not_ours=1)
        assert [call for call in dynamodb.calls if not call.startswith("BatchGetItem")] == []

    def test_reconcile_orders_adopts_the_listed_entity_without_fetching_it_again(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        order_id = orphaned_order(shop, student)
        part = slice_until_now(shop)
        gateway_calls.clear()
        stages.reconcile_orders(part, None)
        assert part.healer.counts == PassCounts(listed=1, found=1, healed=1)
        assert shop.payment(order_id).receipt == "rcpt_lost_0"
        assert f"GET /v1/orders/{order_id}" not in gateway_calls


class TestPages:
    def test_record_settlements_returns_the_position_after_the_page(
        self, shop: Storefront, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        list_only(
            monkeypatch,
            *(
                {"id": f"setl_{number}", "amount": 100, "status": "created", "created_at": 1_795_000_000}
                for number in range(5)
            ),
        )
        part = slice_until_now(shop)
        assert account_stages.record_settlements(part, "2") == "5"
        assert account_stages.record_settlements(part, "5") is None
        assert part.healer.counts == PassCounts(listed=3)

    def test_read_page_contains_only_the_period(self, shop: Storefront, student: Api, gateway_calls: list[str]) -> None:
        part = slice_until_now(shop)
        shop.clock.advance(seconds=1)
        orphaned_order(shop, student)
        gateway_calls.clear()
        assert stages.read_page(part, GatewayList.ORDERS, None) == []
        [call] = gateway_calls
        assert (f"from={part.since}&to={part.until}" in call, "skip=0" in call) == (True, True)
