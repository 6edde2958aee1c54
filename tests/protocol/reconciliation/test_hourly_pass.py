"""The hourly and the nightly pass find what no message reported, settle it, and resume where they stopped."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.db.entities import OrderOfPayment
from shared.db.payments import reconciliation_state
from shared.db.table import keys, store
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayList, Json
from tests.fixtures.api import Api
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.reconciliation.actions import Context, open_differences, reconcile, reconcile_later
from tests.protocol.stored_state import breaches, ledger_totals, payment_history


def test_reconcile_equal_ledgers_changes_nothing_and_polls_no_order(
    shop: Storefront, paid_order_id: str, gateway_calls: list[str]
) -> None:
    history = payment_history(paid_order_id)
    gateway_calls.clear()
    assert reconcile_later(shop) == {"listed": 2, "complete": True}
    assert payment_history(paid_order_id) == history
    assert [call for call in gateway_calls if "/orders/" in call and "payments" not in call] == []


def test_reconcile_equal_ledgers_takes_a_call_per_hundred_listed_entities(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    notes = {"stage": "prod"}
    for number in range(150):
        shop.pay(razorpay.create_order(100, "INR", f"theirs_{number}", notes)["id"])
    reconcile_later(shop)
    gateway_calls.clear()
    assert reconcile_later(shop) == {"listed": 300, "not_ours": 300, "complete": True}
    lists = [call.split("?")[0].removeprefix("GET /v1/") for call in gateway_calls]
    assert Counter(lists) == {"payments": 3, "orders": 3, "refunds": 1, "disputes": 1, "settlements": 1}


class TestMoneyOnOldOrder:
    """Story 3: a tab stays open for a week, and pays long after the last poll of its order."""

    def test_reconcile_capture_a_week_after_last_poll_grants_course(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        for _ in range(12):
            shop.clock.advance(days=1)
            shop.sweep()
        assert (shop.payment(order_id).status, shop.payment(order_id).next_poll_at) == ("failed", None)
        shop.clock.advance(days=7)
        shop.pay(order_id)
        shop.clock.advance(hours=1)
        shop.sweep()
        assert shop.states(student, order_id) == ("failed", "cancelled")

        assert reconcile() == {"listed": 1, "found": 1, "healed": 1, "complete": True}

        assert shop.states(student, order_id) == ("captured", "active")
        assert ledger_totals(shop, order_id) == (PRICE, 0)
        assert breaches() == []

    def test_reconcile_twice_finds_nothing_new(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id)
        assert reconcile_later(shop)["healed"] == 1
        history = payment_history(order_id)
        assert "found" not in reconcile_later(shop, minutes=60)
        assert payment_history(order_id) == history


class TestRefundOnGatewayPage:
    """Story 3: a refund is made on Razorpay's page, and its webhooks are lost."""

    @pytest.mark.parametrize(("amount", "status"), [(10_000, "captured"), (PRICE, "refunded")])
    def test_reconcile_refund_of_old_payment_is_recorded(
        self, shop: Storefront, paid_order_id: str, amount: int, status: str
    ) -> None:
        payment = shop.payment(paid_order_id)
        shop.clock.advance(days=90)
        razorpay.refund(payment.payment_id, amount, "dashboard-refund")
        shop.gateway.tick()
        shop.clock.advance(hours=1)

        assert reconcile() == {"listed": 1, "found": 1, "healed": 1, "complete": True}

        stored = shop.payment(paid_order_id)
        assert (stored.status, [each["amount"] for each in stored.refunds.as_dict().values()]) == (status, [amount])

    def test_reconcile_refund_asks_for_its_payment_once(
        self, shop: Storefront, paid_order_id: str, gateway_calls: list[str]
    ) -> None:
        payment_id = shop.payment(paid_order_id).payment_id
        shop.clock.advance(days=90)
        razorpay.refund(payment_id, 100, "dashboard-refund")
        shop.clock.advance(hours=1)
        gateway_calls.clear()
        reconcile()
        reconcile()
        assert gateway_calls.count(f"GET /v1/payments/{payment_id}") == 1

    def test_reconcile_refund_of_payment_never_captured_is_left_alone(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id, "authorized")
        shop.clock.advance(days=6)
        shop.gateway.tick()
        shop.sweep()
        assert shop.payment(order_id).status == "failed"
        history = payment_history(order_id)
        assert "found" not in reconcile_later(shop, "nightly")
        assert payment_history(order_id) == history


class TestOrderOfRefund:
    def test_look_up_remembers_the_order_for_180_days(self, shop: Storefront, paid_order_id: str) -> None:
        payment_id = shop.payment(paid_order_id).payment_id
        shop.clock.advance(days=90)
        razorpay.refund(payment_id, 100, "dashboard-refund")
        reconcile_later(shop)
        assert reconciliation_state.orders_of_payments([payment_id, "pay_AAAAAAAAAAAAAA"]) == {
            payment_id: paid_order_id
        }
        row = store.get(OrderOfPayment, keys.order_of_payment(payment_id))
        assert row
        assert row.expires_at == int((shop.clock.now() + timedelta(days=180)).timestamp())

    def test_look_up_of_payment_never_captured_remembers_that_it_needs_no_attention(self, shop: Storefront) -> None:
        order_id = razorpay.create_order(PRICE, "INR", "theirs", {"stage": "prod"})["id"]
        payment_id = shop.pay(order_id, "authorized")["razorpay_payment_id"]
        shop.clock.advance(days=6)
        shop.gateway.tick()
        reconcile_later(shop)
        assert reconciliation_state.orders_of_payments([payment_id]) == {payment_id: ""}

    @pytest.mark.parametrize("fault", ["503", "409"])
    def test_look_up_that_fails_is_counted_and_logged_and_made_again(
        self, shop: Storefront, paid_order_id: str, fault: str
    ) -> None:
        payment_id = shop.payment(paid_order_id).payment_id
        shop.clock.advance(days=90)
        razorpay.refund(payment_id, 100, "dashboard-refund")
        shop.control("POST", "faults", {"kind": fault, "times": 9, "path": f"/v1/payments/{payment_id}"})
        with captured_logs() as lines:
            assert reconcile_later(shop) == {"listed": 1, "failed": 1, "complete": True}
        line = next(json.loads(each) for each in lines.getvalue().splitlines() if "not fetched" in each)
        assert (line["message"], line["payment_id"], "exception" in line) == ("payment not fetched", payment_id, True)
        assert reconciliation_state.orders_of_payments([payment_id]) == {}
        shop.control("DELETE", "faults")
        assert reconcile_later(shop)["healed"] == 1

    def test_refund_of_known_capture_is_recorded_without_a_poll(
        self, shop: Storefront, paid_order_id: str, gateway_calls: list[str]
    ) -> None:
        razorpay.refund(shop.payment(paid_order_id).payment_id, 100, "dashboard-refund")
        shop.clock.advance(days=2)
        shop.gateway.tick()
        reconciliation_state.remember_order_of_payment(
            shop.payment(paid_order_id).payment_id, paid_order_id, shop.clock.now()
        )
        gateway_calls.clear()
        assert reconcile("nightly")["healed"] >= 1
        assert [step[:2] for step in payment_history(paid_order_id)][-1][0] == "Refunded"


class TestUnknownOrder:
    def test_reconcile_orphaned_order_is_adopted_and_settled(self, shop: Storefront, student: Api) -> None:
        notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
        order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
        shop.pay(order_id)
        assert reconcile_later(shop) == {"listed": 2, "found": 1, "healed": 1, "complete": True}
        assert shop.states(student, order_id) == ("captured", "active")

    def test_reconcile_unpaid_orphaned_order_is_adopted(self, shop: Storefront, student: Api) -> None:
        notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
        order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
        assert reconcile_later(shop)["healed"] == 1
        assert shop.payment(order_id).status == "pending"

    def test_reconcile_order_of_other_product_is_counted_and_not_stored(self, shop: Storefront) -> None:
        order_id = razorpay.create_order(PRICE, "INR", "theirs", {"stage": "prod"})["id"]
        shop.pay(order_id)
        assert reconcile_later(shop) == {"listed": 2, "not_ours": 2, "complete": True}
        assert open_differences() == []

    def test_reconcile_two_orders_keeps_the_one_that_was_not_refunded(self, shop: Storefront, student: Api) -> None:
        """Of two orders, the newer one was refunded on Razorpay's page. The list names it first."""
        notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
        kept, refunded = (razorpay.create_order(PRICE, "INR", f"rcpt_{each}", notes)["id"] for each in "ab")
        shop.pay(kept)
        shop.clock.advance(seconds=1)
        paid = shop.pay(refunded)
        razorpay.refund(paid["razorpay_payment_id"], PRICE, "dashboard-refund")
        shop.gateway.tick()
        assert reconcile_later(shop)["healed"] == 2
        assert shop.states(student, kept) == ("captured", "active")
        assert shop.payment(refunded).status == "refunded"
        assert ledger_totals(shop, refunded) == (PRICE, PRICE)


class TestFaults:
    def test_reconcile_unreadable_entities_are_counted_and_stop_nothing(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id)
        fetch_page = razorpay.fetch_page
        odd: list[Any] = [None, "x", {}, {"id": "pay_x"}, {"id": 7, "amount": "1", "currency": [], "status": {}}]

        def with_odd_ones(which: GatewayList, since: int, until: int, skip: int) -> list[Any]:
            page = fetch_page(which, since, until, skip)
            return page if skip else [*odd, *page]

        monkeypatch.setattr(razorpay, "fetch_page", with_odd_ones)
        report = reconcile_later(shop)
        assert report == {"listed": 27, "found": 1, "healed": 1, "unreadable": 25, "complete": True}
        assert shop.payment(order_id).status == "captured"

    def test_reconcile_order_that_keeps_failing_does_not_keep_others(
        self, shop: Storefront, new_user: Callable[..., Api]
    ) -> None:
        broken, whole = (shop.create_order(new_user("student"))["order_id"] for _ in range(2))
        shop.pay(broken)
        shop.pay(whole)
        shop.control("POST", "faults", {"kind": "503", "times": 99, "path": f"/v1/orders/{broken}/payments"})
        report = reconcile_later(shop)
        assert (report["found"], report["healed"], report["failed"], report["complete"]) == (3, 1, 2, True)
        assert (shop.payment(broken).status, shop.payment(whole).status) == ("pending", "captured")
        shop.control("DELETE", "faults")
        assert reconcile_later(shop, minutes=60)["healed"] == 1

    def test_reconcile_silent_gateway_keeps_position_and_resumes(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id)
        shop.control("POST", "faults", {"kind": "503", "times": 99, "path": "/v1/orders"})
        assert reconcile_later(shop) == {"listed": 1, "found": 1, "healed": 1}
        state = reconciliation_state.read_pass("hourly")
        assert state
        assert (state.stage, state.complete_until) == ("orders", None)
        shop.control("DELETE", "faults")
        shop.clock.advance(hours=1)
        assert reconcile()["complete"] is True
        resumed = reconciliation_state.read_pass("hourly")
        assert resumed
        assert resumed.complete_until == resumed.until
        assert resumed.until > state.until, "the older pass is finished, and the current one is run too"

    def test_reconcile_without_time_left_stops_and_resumes(
        self, shop: Storefront, new_user: Callable[..., Api]
    ) -> None:
        orders = [shop.create_order(new_user("student"))["order_id"] for _ in range(3)]
        for order_id in orders:
            shop.pay(order_id)
        shop.clock.advance(minutes=6)
        first = reconcile(context=Context(40_000, step=5_000))
        assert first == {"found": 1, "healed": 1, "listed": 3}
        assert reconcile()["healed"] == 2
        assert {shop.payment(order_id).status for order_id in orders} == {"captured"}

    def test_reconcile_small_lagging_and_unordered_pages_misses_nothing(
        self, shop: Storefront, new_user: Callable[..., Api]
    ) -> None:
        account = {"max_page_size": 2, "list_lag_seconds": 60, "lists_out_of_order": True}
        shop.control("PATCH", "settings", account)
        orders = [shop.create_order(new_user("student"))["order_id"] for _ in range(5)]
        for order_id in orders:
            shop.pay(order_id)
        healed = sum(reconcile_later(shop, minutes=60).get("healed", 0) for _ in range(6))
        assert healed == 5
        assert {shop.payment(order_id).status for order_id in orders} == {"captured"}

    def test_reconcile_two_runs_at_once_settle_once(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id)
        fetch_page = razorpay.fetch_page
        runs: list[Json] = []

        def overtaken(*query: Any) -> list[Any]:
            if not runs:
                runs.append({})
                runs[0].update(reconcile())
            return fetch_page(*query)

        monkeypatch.setattr(razorpay, "fetch_page", overtaken)
        outer = reconcile_later(shop)
        assert (runs[0]["healed"], runs[0]["complete"]) == (1, True)
        assert "found" not in outer
        assert [kind for kind, _, _ in payment_history(order_id)].count("Captured") == 1
