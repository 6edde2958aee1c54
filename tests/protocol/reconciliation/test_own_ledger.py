"""The nightly stage of our own ledger, the recheck of stored differences, and the state that admins see."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from functions.payments.reconciliation.heal_orders import Healer
from functions.payments.reconciliation.ledger_comparison import Amount, Side
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.reconciliation.own_ledger import exceeds, reconcile_ledger
from functions.payments.reconciliation.stages import Slice
from shared.db.payments import reconciliation_state
from shared.db.read_models import payment_register
from shared.domain.reconciliation import PassCounts
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.corruption import spoil, tamper
from tests.fixtures.logs import captured_logs, entries_with_code
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.reconciliation.actions import open_differences, reconcile, reconcile_later
from tests.protocol.reconciliation.purchases import buy_registered
from tests.protocol.stored_state import payment_history

NewUser = Callable[..., Api]


def hide_payments(shop: Storefront, order_id: str) -> None:
    """The gateway does not know the payments of the order."""
    order = shop.gateway.ledger.orders[order_id]
    for payment_id in order.payment_ids:
        shop.gateway.ledger.payments.pop(payment_id)
    order.payment_ids = []


class TestLedgerStage:
    def test_equal_ledgers_take_a_list_call_per_page_and_no_poll(
        self, shop: Storefront, new_user: NewUser, gateway_calls: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("functions.payments.reconciliation.own_ledger._PAGE_SIZE", 2)
        orders = [buy_registered(shop, new_user("student")) for _ in range(5)]
        unpaid = shop.create_order(new_user("student"))["order_id"]
        payment_register.refresh_payment(unpaid)
        histories = [payment_history(order_id) for order_id in orders]
        gateway_calls.clear()
        assert "found" not in reconcile_later(shop, "nightly")
        ranges = [call for call in gateway_calls if call.startswith("GET /v1/orders?") and "skip=0" in call]
        assert len(ranges) == 4, "one for the stage of the orders, and one for each page with a captured payment"
        assert [payment_history(order_id) for order_id in orders] == histories

    def test_capture_that_gateway_lacks_is_found_among_equal_ones(
        self, shop: Storefront, new_user: NewUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("functions.payments.reconciliation.own_ledger._PAGE_SIZE", 2)
        first, _, last = (buy_registered(shop, new_user("student")) for _ in range(3))
        for order_id in (first, last):
            hide_payments(shop, order_id)
        assert reconcile_later(shop, "nightly")["found"] >= 2
        expected = [(each, "not_captured_at_gateway", "nothing", f"{PRICE} INR captured") for each in (first, last)]
        assert sorted(open_differences()) == sorted(expected)

    def test_order_stored_long_after_its_creation_is_compared_by_itself(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        """An adopted order has another creation time here than at the gateway."""
        order_id = buy_registered(shop, student)
        shop.gateway.ledger.orders[order_id].created_at -= 3600
        gateway_calls.clear()
        report = reconcile_later(shop, "nightly")
        assert (report["found"], report["healed"]) == (1, 1)
        assert f"GET /v1/orders/{order_id}/payments" in gateway_calls

    def test_listed_order_that_cannot_be_read_is_compared_by_itself_beside_others(
        self, shop: Storefront, new_user: NewUser, gateway_calls: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        odd, hidden = (buy_registered(shop, new_user("student")) for _ in range(2))
        hide_payments(shop, hidden)
        real = razorpay.list_orders_with_payments

        def with_odd_payment(since: int, until: int) -> Iterator[Any]:
            for order in real(since, until):
                if order["id"] == odd:
                    order["payments"]["items"][0].pop("currency")
                yield order

        monkeypatch.setattr(razorpay, "list_orders_with_payments", with_odd_payment)
        with captured_logs() as lines:
            reconcile_later(shop, "nightly")
        assert [line["order_id"] for line in entries_with_code(lines, "not_reconciled")] == [odd]
        assert f"GET /v1/orders/{odd}/payments" in gateway_calls
        assert open_differences() == [(hidden, "not_captured_at_gateway", "nothing", f"{PRICE} INR captured")]

    def test_payment_of_ours_that_cannot_be_read_does_not_end_the_night(
        self, shop: Storefront, new_user: NewUser
    ) -> None:
        unreadable, hidden = (buy_registered(shop, new_user("student")) for _ in range(2))
        hide_payments(shop, hidden)
        tamper(shop.payment(unreadable), refunds={"rfnd_1": {"amount": 1, "status": "unheard of"}})
        with captured_logs() as lines:
            reconcile_later(shop, "nightly")
        assert {line["order_id"] for line in entries_with_code(lines, "not_reconciled")} == {unreadable}
        assert open_differences() == [(hidden, "not_captured_at_gateway", "nothing", f"{PRICE} INR captured")]

    def test_payment_of_ours_whose_item_cannot_be_read_does_not_end_the_night_and_is_counted_as_failed(
        self, shop: Storefront, new_user: NewUser
    ) -> None:
        unreadable, hidden = (buy_registered(shop, new_user("student")) for _ in range(2))
        hide_payments(shop, hidden)
        spoil(shop.payment(unreadable), "refunds")
        part = Slice(0, int(shop.clock.now().timestamp()), 0, Healer(OpenDifferences(), lambda: 900))
        assert reconcile_ledger(part, None) is None
        assert part.healer.counts == PassCounts(listed=1, found=1, failed=1)
        assert open_differences() == [(hidden, "not_captured_at_gateway", "nothing", f"{PRICE} INR captured")]

    def test_hourly_pass_leaves_the_ledger_to_the_night(self, shop: Storefront, student: Api) -> None:
        hide_payments(shop, buy_registered(shop, student))
        reconcile_later(shop, "hourly")
        assert open_differences() == []


@pytest.mark.parametrize(
    ("local", "gateway", "expected"),
    [
        (Side({"pay_A": Amount(5, "INR", "captured")}), Side({"pay_A": Amount(5, "INR", "captured")}), False),
        (Side(), Side({"pay_A": Amount(5, "INR", "captured")}), False),
        (Side({"pay_A": Amount(5, "INR", "captured")}), Side(), True),
        (Side({"pay_A": Amount(5, "INR", "captured")}), Side({"pay_A": Amount(6, "INR", "captured")}), True),
        (Side({}, {"r": Amount(3, "INR", "processed")}), Side({}, {"p": Amount(3, "INR", "processed")}), False),
        (Side({}, {"r": Amount(2, "INR", "processed")}), Side({}, {"p": Amount(3, "INR", "processed")}), False),
        (Side({}, {"r": Amount(3, "INR", "pending")}), Side({}, {"p": Amount(2, "INR", "processed")}), True),
        (Side({}, {"r": Amount(1, "INR", "pending")}), Side(), True),
    ],
)
def test_exceeds_is_true_when_our_ledger_has_more(local: Side, gateway: Side, expected: bool) -> None:
    assert exceeds(local, gateway) is expected


class TestRecheck:
    def test_difference_on_an_old_order_is_removed_when_it_is_gone(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("functions.payments.reconciliation.own_ledger._DIFFERENCES_PER_SLICE", 1)
        order_id = buy_registered(shop, student)
        tamper(shop.payment(order_id), captured_amount=PRICE - 1)
        assert reconcile_later(shop)["found"] >= 1
        assert [kind for _, kind, _, _ in open_differences()] == ["amount_mismatch"]
        shop.clock.advance(days=30)
        reconcile()
        assert [kind for _, kind, _, _ in open_differences()] == ["amount_mismatch"]
        tamper(shop.payment(order_id), captured_amount=PRICE)
        reconcile()
        assert open_differences() == []

    def test_every_difference_is_rechecked_in_slices(
        self, shop: Storefront, new_user: NewUser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("functions.payments.reconciliation.own_ledger._DIFFERENCES_PER_SLICE", 1)
        orders = [buy_registered(shop, new_user("student")) for _ in range(3)]
        for order_id in orders:
            tamper(shop.payment(order_id), captured_amount=PRICE - 1)
        reconcile_later(shop)
        assert len(open_differences()) == 3
        for order_id in orders:
            tamper(shop.payment(order_id), captured_amount=PRICE)
        shop.clock.advance(days=30)
        reconcile()
        assert open_differences() == []

    def test_money_on_hold_is_rechecked_without_a_call(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id, amount=PRICE - 1)
        shop.deliver()
        reconcile_later(shop)
        hold = (order_id, "amount_unexplained", f"{PRICE - 1} INR captured", f"on hold, an order of {PRICE} INR")
        assert open_differences() == [hold]
        shop.clock.advance(days=30)
        gateway_calls.clear()
        reconcile()
        assert [call for call in gateway_calls if order_id in call] == []
        assert open_differences() == [hold]


class TestStateForAdmins:
    def test_state_shows_counts_and_times_of_each_pass(self, shop: Storefront, student: Api, admin: Api) -> None:
        shop.pay(shop.create_order(student)["order_id"])
        reconcile_later(shop)
        shop.clock.advance(minutes=10, seconds=59)
        [hourly] = admin.get("/api/reconciliation").json["passes"]
        assert hourly == {
            "name": "hourly",
            "since": "2026-11-22T12:01:00.000Z",
            "until": "2026-11-23T12:01:00.000Z",
            "stage": "done",
            "started_at": "2026-11-23T12:06:00.000Z",
            "listed": 2,
            "found": 1,
            "healed": 1,
            "failed": 0,
            "not_ours": 0,
            "unreadable": 0,
            "complete_until": "2026-11-23T12:01:00.000Z",
            "completed_at": "2026-11-23T12:06:00.000Z",
            "lag_minutes": 15,
        }

    def test_state_shows_unfinished_first_pass(self, shop: Storefront, admin: Api) -> None:
        shop.control("POST", "faults", {"kind": "503", "times": 3})
        reconcile("nightly")
        shop.clock.advance(hours=1)
        [nightly] = admin.get("/api/reconciliation").json["passes"]
        assert (nightly["name"], nightly["stage"], nightly["since"]) == (
            "nightly",
            "payments",
            "2026-11-13T11:55:00.000Z",
        )
        assert (nightly["complete_until"], nightly["completed_at"], nightly["lag_minutes"]) == (None, None, 65)

    def test_state_of_second_pass_keeps_the_end_of_the_first(self, shop: Storefront) -> None:
        reconcile()
        first = reconciliation_state.read_pass("hourly")
        assert first
        shop.clock.advance(hours=1)
        shop.control("POST", "faults", {"kind": "503", "times": 3})
        reconcile()
        second = reconciliation_state.read_pass("hourly")
        assert second
        assert (second.complete_until, second.completed_at) == (first.complete_until, first.completed_at)
        assert (second.stage, second.counts.listed, second.version > first.version) == ("payments", 0, True)
