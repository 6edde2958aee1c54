"""The sweep polls Razorpay about every due order before it decides anything, and reports the verdicts."""

import json

from functions.payments.polling.sweep import sweep
from shared import clock
from shared.db.payments.documents import receipts
from tests.fixtures.api import Api
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import Storefront
from tests.protocol.stored_state import enrollment_history, next_poll_at, payment_history
from tests.protocol.sweep_actions import create_orders, run_sweep, sweep_report


class TestSweepReport:
    def test_sweep_without_due_items_calls_nothing(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        shop.create_order(student)
        gateway_calls.clear()
        shop.clock.advance(minutes=4, seconds=59)
        assert run_sweep() == sweep_report()
        assert gateway_calls == []

    def test_sweep_report_is_returned_and_logged(self, shop: Storefront, student: Api) -> None:
        shop.create_order(student)
        shop.clock.advance(minutes=5, seconds=42)
        with captured_logs() as lines:
            answer = run_sweep()
        assert answer == sweep_report(processed=1, verdicts={"recorded": 1}, oldest_due_seconds=42)
        line = json.loads(lines.getvalue().splitlines()[-1])
        assert line["message"] == "sweep"
        assert {name: line[name] for name in answer} == answer

    def test_sweep_polls_oldest_first_and_sums_verdicts(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        [first] = create_orders(shop, student, 1)
        shop.clock.advance(seconds=30)
        second, third = create_orders(shop, student, 2)
        shop.pay(third)
        gateway_calls.clear()
        shop.clock.advance(minutes=6)
        answer = run_sweep()
        assert answer == sweep_report(processed=3, verdicts={"recorded": 2, "granted": 1}, oldest_due_seconds=90)
        assert gateway_calls[0] == f"GET /v1/orders/{first}/payments"
        assert f"GET /v1/orders/{second}/payments" in gateway_calls

    def test_sweep_until_later_time_polls_items_not_yet_due(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id)
        found = sweep(until=clock.now().replace(hour=13))
        assert (found.processed, found.verdicts, found.oldest_due_seconds) == (1, {"granted": 1}, -300)
        assert shop.states(student, order_id) == ("captured", "active")


class TestUnpaidOrder:
    def test_sweep_unpaid_order_polls_every_seven_minutes_and_expires_at_30(
        self, shop: Storefront, student: Api
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        for minutes, then in ((5, "12:10"), (5, "12:15"), (5, "12:22"), (7.5, "12:30"), (7.5, "12:45")):
            shop.clock.advance(minutes=minutes)
            verdict = "expired" if then == "12:45" else "recorded"
            assert run_sweep() == sweep_report(processed=1, verdicts={verdict: 1})
            assert next_poll_at(shop.payment(order_id)) == f"23 {then}"
        assert payment_history(order_id) == [
            *[("NothingPaid", "sweep", {})] * 4,
            ("NothingPaid", "sweep", {"status": "failed", "reason": "expired"}),
        ]
        why, source, ended = enrollment_history(student, shop.course.course_id)[-1]
        assert (why, source, ended["status"], ended["reason"]) == ("NothingPaid", "sweep", "cancelled", "expired")

    def test_sweep_failed_attempt_counts_as_no_payment(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id, "failed")
        shop.clock.advance(minutes=5)
        assert run_sweep() == sweep_report(processed=1, verdicts={"recorded": 1})
        assert payment_history(order_id) == [("NothingPaid", "sweep", {})]


class TestReceiptNumber:
    def test_sweep_receipts_get_consecutive_numbers_of_financial_year(self, shop: Storefront, student: Api) -> None:
        for order_id in create_orders(shop, student, 2):
            shop.pay(order_id)
            shop.deliver()
        assert run_sweep() == sweep_report(processed=2, receipts=2)
        numbers = [receipt.number for each in shop.gateway.ledger.orders if (receipt := receipts.get(each))]
        assert sorted(map(str, numbers)) == ["L/26-27/000001", "L/26-27/000002"]


def test_sweep_paid_order_superseded_after_final_poll_is_granted(shop: Storefront, student: Api) -> None:
    """No sweep ran for days and no webhook was delivered, so the order was not polled since it was paid."""
    first = shop.create_order(student)["order_id"]
    shop.pay(first)
    shop.clock.advance(days=9)
    second = shop.create_order(student)["order_id"]
    assert (shop.payment(first).status, shop.payment(first).reason) == ("failed", "superseded")
    assert run_sweep()["verdicts"] == {"granted": 1}
    assert shop.states(student, first) == ("captured", "active")
    assert shop.payment(second).status == "pending"


def test_sweep_unpaid_order_superseded_after_final_poll_has_no_next_poll(shop: Storefront, student: Api) -> None:
    first = shop.create_order(student)["order_id"]
    shop.clock.advance(days=9)
    shop.create_order(student)
    run_sweep()
    assert (shop.payment(first).status, shop.payment(first).gsi2sk) == ("failed", None)
