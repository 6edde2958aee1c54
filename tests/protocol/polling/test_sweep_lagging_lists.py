"""A list may lag: it expires no order, ends no polling and captures nothing, whatever earlier attempts it contains."""

from typing import Any

import pytest

from functions.payments.polling.sweep import sweep
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.sweep_actions import change_listed_orders, create_orders, list_calls, polls, run_sweep

ATTEMPTS = [None, "failed", "created"]
"""An earlier attempt on each order."""


def attempt(shop: Storefront, orders: list[str], status: str | None) -> None:
    for order_id in orders if status else []:
        shop.pay(order_id, str(status), webhooks=False)


@pytest.mark.parametrize("earlier", ATTEMPTS)
@pytest.mark.parametrize(("minutes", "verdict"), [(30, "expired"), (31, "expired"), (30 + 6 * 24 * 60, "recorded")])
def test_sweep_list_without_capture_expires_no_order_and_ends_no_polling(
    shop: Storefront, student: Api, gateway_calls: list[str], minutes: int, verdict: str, earlier: str | None
) -> None:
    attempt(shop, create_orders(shop, student, 5), earlier)
    shop.clock.advance(minutes=30)
    if minutes > 31:
        run_sweep()
    shop.clock.advance(minutes=minutes - 30)
    gateway_calls.clear()
    report = run_sweep()
    assert (report["verdicts"], report["listed"], report["list_calls"]) == ({verdict: 5}, 0, 1)
    assert len(polls(gateway_calls)) == 5


@pytest.mark.parametrize("earlier", ATTEMPTS)
def test_f65_sweep_payment_missing_from_lagging_list_at_window_end_is_granted(
    shop: Storefront, student: Api, earlier: str | None
) -> None:
    orders = create_orders(shop, student, 5)
    attempt(shop, orders, earlier)
    shop.control("PATCH", "settings", {"list_lag_seconds": 60})
    shop.clock.advance(minutes=29, seconds=50)
    shop.pay(orders[2], webhooks=False)
    shop.clock.advance(seconds=10)
    assert run_sweep()["verdicts"] == {"expired": 4, "granted": 1}


def test_sweep_listed_capture_at_window_end_needs_no_poll_of_its_own(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    orders = create_orders(shop, student, 5)
    shop.pay(orders[2], webhooks=False)
    shop.clock.advance(minutes=30)
    gateway_calls.clear()
    report = run_sweep()
    assert (report["verdicts"], report["listed"]) == ({"expired": 4, "granted": 1}, 1)
    assert f"GET /v1/orders/{orders[2]}/payments" not in polls(gateway_calls)


@pytest.mark.parametrize(
    "payment",
    [
        {"status": "captured", "amount": PRICE + 1},
        {"status": "captured", "currency": "USD"},
        {"status": "refunded"},
        {"status": "authorized"},
        {"status": "unheard_of"},
    ],
)
def test_sweep_listed_payment_that_does_not_settle_the_order_is_fetched_at_window_end(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, payment: dict[str, Any]
) -> None:
    orders = create_orders(shop, student, 5)
    for order_id in orders:
        shop.pay(order_id, webhooks=False)
    shop.clock.advance(minutes=30)
    change_listed_orders(monkeypatch, lambda order: order["payments"]["items"][0].update(payment))
    report = run_sweep()
    assert (report["verdicts"], report["listed"]) == ({"granted": 5}, 0)


def test_sweep_payment_captured_after_its_list_call_is_not_captured_again(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, gateway_calls: list[str]
) -> None:
    """The list shows the authorization; Razorpay captures it before the poll."""
    orders = create_orders(shop, student, 5)
    paid = shop.pay(orders[0], webhooks=False)["razorpay_payment_id"]
    shop.clock.advance(minutes=5)
    change_listed_orders(
        monkeypatch, lambda order: [each.update(status="authorized") for each in order["payments"]["items"]]
    )
    gateway_calls.clear()
    report = run_sweep()
    assert (report["verdicts"], report["listed"], report["deferred"]) == ({"recorded": 4, "granted": 1}, 4, 0)
    assert [call for call in gateway_calls if call.startswith("POST")] == []
    assert shop.payment(orders[0]).payment_id == paid


class TestUnexpectedList:
    """It ends neither the run nor the numbering of receipts: each order is polled by itself."""

    @pytest.mark.parametrize("page", [None, [None] * 4, ["x"], [{"id": None}], [{}], [{"payments": {}}]])
    def test_sweep_unexpected_page_falls_back_to_polls_of_each_order(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, page: Any
    ) -> None:
        orders = create_orders(shop, student, 5)
        shop.pay(orders[0])
        shop.clock.advance(minutes=5)
        monkeypatch.setattr(razorpay, "page_of_orders_with_payments", lambda *_: page)
        report = run_sweep()
        assert (report["verdicts"], report["receipts"], report["listed"]) == ({"recorded": 4, "granted": 1}, 0, 0)
        assert run_sweep()["receipts"] == 1

    @pytest.mark.parametrize("without", ["id", "payments"])
    def test_sweep_listed_order_without_id_or_payments_is_polled_by_itself(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, without: str
    ) -> None:
        orders = create_orders(shop, student, 5)
        shop.clock.advance(minutes=5)
        change_listed_orders(monkeypatch, lambda order: order["id"] == orders[1] and order.pop(without))
        report = run_sweep()
        assert (report["verdicts"], report["listed"]) == ({"recorded": 5}, 4)

    def test_sweep_listed_payments_that_are_no_objects_are_not_used(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        create_orders(shop, student, 5)
        shop.clock.advance(minutes=5)
        change_listed_orders(monkeypatch, lambda order: order.update(payments={"count": 1, "items": [None]}))
        report = run_sweep()
        assert (report["verdicts"], report["listed"]) == ({"recorded": 5}, 0)


class TestPages:
    """A window of 100 orders among those of other products takes several pages."""

    def create_window(self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Twelve orders on three pages. Returns the offsets that are requested."""
        create_orders(shop, student, 12)
        real, offsets = razorpay.page_of_orders_with_payments, list[int]()

        def small_page(since: int, until: int, skip: int) -> list[Any]:
            offsets.append(skip)
            return real(since, until, skip)[:4]

        monkeypatch.setattr(razorpay, "page_of_orders_with_payments", small_page)
        shop.clock.advance(minutes=5)
        return offsets

    def test_sweep_429_of_a_page_repeats_only_that_page(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, gateway_calls: list[str]
    ) -> None:
        offsets = self.create_window(shop, student, monkeypatch)
        shop.control("POST", "faults", {"kind": "429", "times": 1, "path": "/v1/orders", "after": 1})
        gateway_calls.clear()
        report = run_sweep()
        assert (report["listed"], report["list_calls"], report["pauses"]) == (12, 3, 1)
        assert offsets == [0, 4, 4, 8]
        assert len(list_calls(gateway_calls)) == 4

    def test_sweep_failed_page_keeps_the_orders_of_the_pages_before(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.create_window(shop, student, monkeypatch)
        shop.control("POST", "faults", {"kind": "503", "times": 3, "path": "/v1/orders", "after": 1})
        report = run_sweep()
        assert (report["verdicts"], report["listed"], report["list_calls"]) == ({"recorded": 12}, 4, 1)

    def test_sweep_without_time_fetches_no_further_page(
        self, shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        offsets = self.create_window(shop, student, monkeypatch)
        left = iter([100.0, 39.0])
        report = sweep(seconds_left=lambda: next(left, 39.0))
        assert (offsets, report.list_calls, report.deferred) == ([0], 1, 12)
