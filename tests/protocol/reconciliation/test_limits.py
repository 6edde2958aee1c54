"""What limits a pass: silent orders, the time of the invocation, other runs, and the number of stored differences."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.payments import reconcile_handler
from functions.payments.reconciliation.heal_orders import Healer, OutOfTime, Suspect
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.reconciliation.passes import SETTLING_TIME, lag_of
from shared.db.payments import reconciliation_state
from shared.domain.reconciliation import Difference, DifferenceKind, PassCounts, ReconciliationStage
from shared.errors import GatewayBusy
from shared.gateways import razorpay
from shared.gateways.razorpay import Json
from tests.fixtures.api import Api
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import Storefront, refund
from tests.protocol.reconciliation.actions import Context, open_differences, reconcile, reconcile_later

NewUser = Callable[..., Api]
pytestmark = pytest.mark.usefixtures("shop")


def paid_orders(shop: Storefront, new_user: NewUser, count: int) -> list[str]:
    """Orders that were paid, of which no message came."""
    orders = [shop.create_order(new_user("student"))["order_id"] for _ in range(count)]
    for order_id in orders:
        shop.pay(order_id)
    return orders


def suspects(orders: list[str]) -> list[Suspect]:
    return [Suspect(order_id, lambda payment: payment.status == "captured") for order_id in orders]


def make_healer(seconds: float = 900) -> Healer:
    return Healer(OpenDifferences(), lambda: seconds)


class TestSilentOrders:
    def test_healer_leaves_batch_after_three_timeouts_in_a_row(self, shop: Storefront, new_user: NewUser) -> None:
        orders = paid_orders(shop, new_user, 5)
        shop.control("POST", "faults", {"kind": "drop", "times": 9, "path": "/v1/orders/.*"})
        healer = make_healer()
        healer.heal_all(suspects(orders))
        assert healer.counts == PassCounts(found=5, failed=5)
        assert {shop.payment(order_id).status for order_id in orders} == {"pending"}
        healer.heal_all(suspects(orders))
        assert healer.counts == PassCounts(found=10, failed=5, healed=5)

    def test_healer_ends_the_slice_at_one_rejection_for_the_rate(self, shop: Storefront, new_user: NewUser) -> None:
        orders = paid_orders(shop, new_user, 3)
        shop.control("POST", "faults", {"kind": "429", "times": 1, "path": "/v1/orders/.*"})
        healer = make_healer()
        with pytest.raises(GatewayBusy):
            healer.heal_all(suspects(orders))
        assert healer.counts == PassCounts(found=1, failed=1)

    def test_pass_with_a_rejection_for_the_rate_keeps_its_position_and_settles_every_order_next(
        self, shop: Storefront, new_user: NewUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        orders = paid_orders(shop, new_user, 3)
        fetch, asked = razorpay.fetch_payments_of, list[str]()

        def busy_second_time(order_id: str) -> list[Json]:
            asked.append(order_id)
            if len(asked) == 2:
                raise GatewayBusy(retry_after=1)
            return fetch(order_id)

        monkeypatch.setattr(razorpay, "fetch_payments_of", busy_second_time)
        assert "complete" not in reconcile_later(shop)
        assert [shop.payment(order_id).status == "captured" for order_id in orders].count(True) == 1
        interrupted = reconciliation_state.read_pass("hourly")
        assert interrupted
        assert (interrupted.stage, interrupted.position, interrupted.complete_until) == ("payments", None, None)
        shop.clock.advance(hours=1)
        assert lag_of(interrupted) == timedelta(hours=1) + SETTLING_TIME
        assert reconcile()["complete"] is True
        assert {shop.payment(order_id).status for order_id in orders} == {"captured"}
        assert len(asked) == 4

    def test_pass_with_a_rejection_for_the_rate_of_a_look_up_keeps_its_position(
        self, shop: Storefront, admin: Api, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refund(admin, paid_order_id)

        def busy(_: str) -> Json:
            raise GatewayBusy(retry_after=1)

        monkeypatch.setattr(razorpay, "fetch_payment", busy)
        assert "complete" not in reconcile_later(shop)
        interrupted = reconciliation_state.read_pass("hourly")
        assert interrupted
        assert (interrupted.stage, interrupted.position) == ("refunds", None)

    def test_healer_takes_batch_in_another_order_each_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Three orders that never answer are not always the first ones."""
        seen: list[list[str]] = []
        for _ in range(20):
            healer = make_healer()
            order: list[str] = []
            monkeypatch.setattr(healer, "_heal", lambda suspect, order=order: order.append(suspect.order_id))
            healer.heal_all(suspects(list("abcdef")))
            seen.append(order)
        assert {"".join(sorted(each)) for each in seen} == {"abcdef"}
        assert len({tuple(each) for each in seen}) > 10

    def test_healer_defect_of_one_order_is_logged_and_counted(self, shop: Storefront, new_user: NewUser) -> None:
        broken, whole = paid_orders(shop, new_user, 2)

        def fail(_: Any) -> bool:
            raise ValueError("odd")

        healer = make_healer()
        with captured_logs() as lines:
            healer.heal_all([Suspect(broken, fail), *suspects([whole])])
        assert healer.counts == PassCounts(found=2, failed=1, healed=1)
        logged = {each["order_id"]: each for each in map(json.loads, lines.getvalue().splitlines())}
        assert (logged[broken]["message"], "odd" in logged[broken]["exception"]) == ("not reconciled", True)
        assert (logged[whole]["message"], logged[whole]["healing"]) == ("reconciled", "healed")

    def test_healer_without_time_stops_before_the_next_order(self, shop: Storefront, new_user: NewUser) -> None:
        healer = make_healer(seconds=29.9)
        with pytest.raises(OutOfTime):
            healer.heal_all(suspects(paid_orders(shop, new_user, 1)))
        assert healer.counts == PassCounts()


class TestRuns:
    def test_hourly_run_continues_an_unfinished_nightly_pass_and_starts_none(self, shop: Storefront) -> None:
        assert reconcile_later(shop) == {"complete": True}
        assert reconciliation_state.read_pass("nightly") is None
        shop.control("POST", "faults", {"kind": "503", "times": 3})
        assert reconcile("nightly") == {}
        begun = reconciliation_state.read_pass("nightly")
        assert begun
        assert begun.stage == "payments"
        shop.clock.advance(hours=1)
        result = reconcile_handler.lambda_handler({"pass": "hourly"}, None)
        assert (result["hourly"]["complete"], result["nightly"]["complete"]) == (True, True)
        done = reconciliation_state.read_pass("nightly")
        assert done
        assert (done.stage, done.complete_until) == ("done", begun.until)
        assert reconcile_handler.lambda_handler({"pass": "hourly"}, None)["nightly"]["complete"] is True
        assert reconciliation_state.read_pass("nightly") == done

    def test_event_of_the_console_runs_an_hourly_pass(self) -> None:
        assert reconcile_handler.lambda_handler({}, None)["hourly"]["complete"] is True

    def test_run_without_time_begins_a_pass_and_reads_nothing(self, gateway_calls: list[str]) -> None:
        assert reconcile(context=Context(20_000)) == {}
        assert gateway_calls == []

    def test_run_that_lost_the_position_to_another_run_stops(
        self, shop: Storefront, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop.clock.advance(minutes=6)
        save = reconciliation_state.save_pass
        saved: list[ReconciliationStage] = []

        def overtaken(name: str, state: Any) -> bool:
            saved.append(state.stage)
            return len(saved) < 3 and save(name, state)

        monkeypatch.setattr(reconciliation_state, "save_pass", overtaken)
        assert reconcile() == {}
        assert saved == ["payments", "orders", "refunds"]

    def test_save_pass_that_was_sent_twice_succeeds_and_an_older_one_does_not(self, shop: Storefront) -> None:
        reconcile_later(shop)
        state = reconciliation_state.read_pass("hourly")
        assert state
        assert reconciliation_state.save_pass("hourly", state) is True
        assert reconciliation_state.save_pass("hourly", replace(state, position="1")) is False
        assert reconciliation_state.save_pass("hourly", replace(state, version=1)) is False
        assert reconciliation_state.save_pass("hourly", replace(state, version=state.version + 1)) is True


class TestStoredDifferences:
    @staticmethod
    def difference(number: int, gateway: str = "nothing") -> Difference:
        return Difference(DifferenceKind.AMOUNT_MISMATCH, f"order_{number:014}", "pay_A", gateway, "1 INR captured")

    def test_no_more_than_the_maximum_is_stored(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("functions.payments.reconciliation.open_differences.MAX_OPEN_DIFFERENCES", 3)
        differences = OpenDifferences()
        differences.add([self.difference(number) for number in range(5)])
        assert len(open_differences()) == 3
        OpenDifferences().add([self.difference(number) for number in range(5)])
        assert len(open_differences()) == 3

    def test_known_difference_keeps_its_time_and_a_changed_one_gets_another(self, shop: Storefront) -> None:
        OpenDifferences().replace("order_00000000000001", [self.difference(1)])
        [first] = reconciliation_state.list_open()
        shop.clock.advance(hours=1)
        OpenDifferences().replace("order_00000000000001", [self.difference(1)])
        assert reconciliation_state.list_open() == [first]
        OpenDifferences().replace("order_00000000000001", [self.difference(1, "2 INR captured")])
        [changed] = reconciliation_state.list_open()
        assert (changed.difference.gateway, changed.found_at) == ("2 INR captured", shop.clock.now())

    def test_differences_of_another_order_stay(self) -> None:
        differences = OpenDifferences()
        differences.add([self.difference(1), self.difference(2)])
        differences.replace("order_00000000000001", [])
        assert [order_id for order_id, *_ in open_differences()] == ["order_00000000000002"]


def test_pass_with_an_unreadable_payment_settles_the_other_orders_and_goes_on(
    shop: Storefront, new_user: NewUser
) -> None:
    values_unreadable, item_unreadable, whole = paid_orders(shop, new_user, 3)
    tamper(shop.payment(values_unreadable), surplus={"pay_BBBBBBBBBBBBBB": {"amount": 1}})
    spoil(shop.payment(item_unreadable), "created_at")
    result = reconcile_later(shop)
    assert result["complete"] is True
    assert result["failed"] >= 2
    assert shop.payment(whole).status == "captured"


def test_pass_with_an_unreadable_payment_on_hold_keeps_its_difference_and_goes_on(
    shop: Storefront, new_user: NewUser
) -> None:
    [order_id] = paid_orders(shop, new_user, 1)
    difference = Difference(DifferenceKind.AMOUNT_UNEXPLAINED, order_id, "pay_BBBBBBBBBBBBBB", "1 INR", "on hold")
    reconciliation_state.save_difference(difference, shop.clock.now())
    spoil(shop.payment(order_id), "created_at")
    assert reconcile_later(shop)["complete"] is True
    assert [each.difference for each in reconciliation_state.list_open()] == [difference]
