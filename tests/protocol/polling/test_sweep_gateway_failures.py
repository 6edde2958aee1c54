"""The sweep at a Razorpay that limits calls, cannot answer for some orders, or is down."""

import pytest

from functions.payments.polling.sweep import sweep
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront
from tests.protocol.stored_state import next_poll_at
from tests.protocol.sweep_actions import (
    create_apart,
    create_listable_orders,
    create_orders,
    inject_gateway_outage,
    inject_poll_fault,
    run_sweep,
    sweep_report,
)


def authorize(shop: Storefront, learner: Api, orders: list[str]) -> None:
    """The orders get a signed, authorized payment: the sweep polls each of them by a call of its own, to capture it."""
    for order_id in orders:
        assert shop.verify(learner, shop.pay(order_id, "authorized")).status == 200


class TestUnansweredOrders:
    def test_sweep_probe_after_three_failures_in_a_row_continues_with_answering_gateway(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        orders = create_apart(shop, student, 4)
        for order_id in orders[:3]:
            inject_poll_fault(shop, "503", times=3, order_id=order_id)
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        assert run_sweep()["deferred"] == 3
        second = int(shop.clock.seconds())
        assert gateway_calls == [
            *[f"GET /v1/orders/{order_id}/payments" for order_id in orders[:3] for _ in range(3)],
            f"GET /v1/orders?from={second}&to={second}&count=100&skip=0",
            f"GET /v1/orders/{orders[3]}/payments",
        ]

    @pytest.mark.parametrize("answer", ["429", "409"])
    def test_sweep_probe_rejected_means_gateway_answers(self, shop: Storefront, student: Api, answer: str) -> None:
        orders = create_apart(shop, student, 4)
        for order_id in orders[:3]:
            inject_poll_fault(shop, "503", times=3, order_id=order_id)
        shop.control("POST", "faults", {"kind": answer, "times": 3, "path": "/v1/orders"})
        shop.clock.advance(minutes=5)
        assert run_sweep() == sweep_report(
            processed=4, verdicts={"recorded": 1}, deferred=3, oldest_due_seconds=4 * 120
        )

    @pytest.mark.parametrize("answer", ["recorded", "409"])
    def test_sweep_answer_between_failures_resets_their_count(
        self, shop: Storefront, student: Api, gateway_calls: list[str], answer: str
    ) -> None:
        orders = create_apart(shop, student, 5)
        for number, order_id in enumerate(orders):
            if number != 2:
                inject_poll_fault(shop, "503", times=3, order_id=order_id)
            elif answer != "recorded":
                inject_poll_fault(shop, answer, times=1, order_id=order_id)
        shop.clock.advance(minutes=5)
        gateway_calls.clear()
        report = run_sweep()
        assert (report["processed"], report["deferred"]) == (5, 4 if answer == "recorded" else 5)
        assert [call for call in gateway_calls if call.startswith("GET /v1/orders?")] == [], "no probe"


class TestGatewayDown:
    def test_sweep_gateway_down_is_detected_after_three_calls_and_a_probe(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        orders = create_listable_orders(shop, student, 30)
        shop.clock.advance(minutes=5)
        inject_gateway_outage(shop)
        gateway_calls.clear()
        assert run_sweep() == sweep_report(processed=2, deferred=30, oldest_due_seconds=30, gateway_stopped=1)
        list_calls = [call for call in gateway_calls if call.startswith("GET /v1/orders?")]
        assert (len(gateway_calls), len(list_calls)) == (4 * 3, 2 * 3), "list, two polls, probe: each tries three times"
        untouched = [order_id for order_id in orders if next_poll_at(shop.payment(order_id)) != "23 12:09"]
        assert len(untouched) == 28, "orders that were not polled stay due"

    def test_sweep_after_outage_polls_all_orders_at_once(self, shop: Storefront, student: Api) -> None:
        paid = create_listable_orders(shop, student, 8)
        for order_id in paid:
            shop.pay(order_id)
        shop.clock.advance(minutes=5)
        inject_gateway_outage(shop)
        run_sweep()
        shop.control("DELETE", "faults")
        shop.clock.advance(minutes=5)
        assert run_sweep() == sweep_report(
            processed=8, verdicts={"granted": 8}, listed=8, list_calls=1, oldest_due_seconds=5 * 60 + 6
        )

    def test_sweep_gateway_down_still_expires_enrollments_and_numbers_receipts(
        self, shop: Storefront, student: Api
    ) -> None:
        """They need no call to Razorpay."""
        [paid] = create_orders(shop, student, 1)
        shop.pay(paid)
        shop.deliver()
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        shop.clock.advance(minutes=26)
        create_apart(shop, student, 4)
        shop.clock.advance(minutes=5)
        inject_gateway_outage(shop)
        report = run_sweep()
        assert (report["verdicts"], report["receipts"], report["gateway_stopped"]) == ({"enrollment_expired": 1}, 1, 1)


class TestRateLimit:
    def test_sweep_each_further_429_halves_the_pace(self, shop: Storefront, student: Api, sleeps: list[float]) -> None:
        create_orders(shop, student, 2)
        shop.clock.advance(minutes=5)
        inject_poll_fault(shop, "429", times=3)
        assert run_sweep() == sweep_report(processed=2, verdicts={"recorded": 2}, pauses=3)
        assert [seconds for seconds in sleeps if seconds > 9] == pytest.approx([10, 10, 10])
        assert sleeps[-1] == pytest.approx(1.0)

    def test_sweep_fifth_429_stops_polling_and_orders_stay_due(
        self, shop: Storefront, student: Api, gateway_calls: list[str], sleeps: list[float]
    ) -> None:
        orders = create_orders(shop, student, 3)
        shop.clock.advance(minutes=5)
        inject_poll_fault(shop, "429", times=100)
        gateway_calls.clear()
        assert run_sweep() == sweep_report(deferred=3, pauses=4, gateway_stopped=1)
        assert len(gateway_calls) == 5, "a poll that got a 429 is repeated after the pause only"
        assert [seconds for seconds in sleeps if seconds > 9] == pytest.approx([10] * 4)
        assert {next_poll_at(shop.payment(order_id)) for order_id in orders} == {"23 12:05"}

    def test_sweep_429_of_list_call_pauses_and_repeats_it(
        self, shop: Storefront, student: Api, sleeps: list[float]
    ) -> None:
        create_orders(shop, student, 5)
        shop.clock.advance(minutes=5)
        shop.control("POST", "faults", {"kind": "429", "times": 1, "path": "/v1/orders"})
        assert run_sweep() == sweep_report(processed=5, verdicts={"recorded": 5}, listed=5, list_calls=1, pauses=1)
        assert sleeps[0] == pytest.approx(10)

    def test_sweep_429_without_time_for_the_pause_stops_polling(
        self, shop: Storefront, student: Api, sleeps: list[float]
    ) -> None:
        create_orders(shop, student, 3)
        shop.clock.advance(minutes=5)
        inject_poll_fault(shop, "429", times=1)
        report = sweep(seconds_left=lambda: 50)
        assert (report.deferred, report.pauses, report.gateway_stopped) == (3, 0, 1)
        assert [seconds for seconds in sleeps if seconds > 9] == []


def test_f63_sweep_60_unanswered_orders_delay_only_themselves(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    """They delayed the paid order by 105 minutes when three timeouts in a row ended a run."""
    unanswered = create_orders(shop, student, 60)
    authorize(shop, student, unanswered)
    shop.clock.advance(minutes=11)
    paid = shop.create_order(student)["order_id"]
    shop.pay(paid)
    for order_id in unanswered:
        inject_poll_fault(shop, "503", times=10**6, order_id=order_id)
    shop.clock.advance(minutes=5)
    gateway_calls.clear()
    assert run_sweep() == sweep_report(processed=61, verdicts={"granted": 1}, deferred=60, oldest_due_seconds=60)
    assert shop.states(student, paid) == ("captured", "active")
    probes = [call for call in gateway_calls if call.startswith("GET /v1/orders?")]
    polls = [call for call in gateway_calls if call.endswith("/payments")]
    assert (len(polls), len(probes)) == (60 * 3 + 1, 60 // 3), "each poll tries three times"
    assert {next_poll_at(shop.payment(order_id)) for order_id in unanswered} == {"23 12:20"}


def test_f64_sweep_429_pauses_as_long_as_gateway_asks_and_continues(
    shop: Storefront, student: Api, sleeps: list[float]
) -> None:
    create_orders(shop, student, 3)
    shop.clock.advance(minutes=5)
    inject_poll_fault(shop, "429", times=1)
    assert run_sweep() == sweep_report(processed=3, verdicts={"recorded": 3}, pauses=1)
    assert sleeps == pytest.approx([10, 0.25, 0.25]), "the pause, and the slower pace after it"
