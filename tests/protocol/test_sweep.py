"""The sweep asks the gateway about all that is due before it decides anything, and says what came of it."""

import json

from functions.payments.sweep import sweep
from shared import clock
from shared.db import receipts
from tests.api import Api
from tests.logs import logged
from tests.protocol.read_back import enrollment_steps, next_look, payment_steps
from tests.protocol.sweeping import fail, ordered, report, swept
from tests.shop import Shop


class TestWhatItSays:
    def test_with_nothing_due_it_does_nothing(self, shop: Shop, student: Api, asked: list[str]) -> None:
        shop.order(student)
        asked.clear()
        shop.time.pass_time(minutes=4, seconds=59)
        assert swept() == report()
        assert asked == []

    def test_its_numbers_are_answered_and_logged_for_the_alarms(self, shop: Shop, student: Api) -> None:
        shop.order(student)
        shop.time.pass_time(minutes=5, seconds=42)
        with logged() as lines:
            answer = swept()
        assert answer == report(processed=1, verdicts={"recorded": 1}, oldest_due_seconds=42)
        line = json.loads(lines.getvalue().splitlines()[-1])
        assert line["message"] == "sweep"
        assert {name: line[name] for name in answer} == answer

    def test_the_oldest_is_looked_at_first_and_the_same_verdicts_are_added_up(
        self, shop: Shop, student: Api, asked: list[str]
    ) -> None:
        [first] = ordered(shop, student, 1)
        shop.time.pass_time(seconds=30)
        second, third = ordered(shop, student, 2)
        shop.pay(third)
        asked.clear()
        shop.time.pass_time(minutes=6)
        answer = swept()
        assert answer == report(processed=3, verdicts={"recorded": 2, "granted": 1}, oldest_due_seconds=90)
        assert asked[0] == f"GET /v1/orders/{first}/payments"
        assert f"GET /v1/orders/{second}/payments" in asked

    def test_a_hand_can_look_at_what_is_not_due_yet(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id)
        found = sweep(until=clock.now().replace(hour=13))
        assert (found.processed, found.verdicts, found.oldest_due_seconds) == (1, {"granted": 1}, -300)
        assert shop.states(student, order_id) == ("captured", "active")


class TestAnOrderNobodyPaid:
    def test_it_is_looked_at_after_5_and_15_minutes_and_expires_after_30(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        for minutes, verdict, then in ((5, "recorded", "12:15"), (10, "recorded", "12:30"), (15, "expired", "12:45")):
            shop.time.pass_time(minutes=minutes)
            assert swept() == report(processed=1, verdicts={verdict: 1})
            assert next_look(shop.payment(order_id)) == f"23 {then}"
        assert payment_steps(order_id) == [
            ("NothingPaid", "sweep", {}),
            ("NothingPaid", "sweep", {}),
            ("NothingPaid", "sweep", {"status": "failed", "reason": "expired"}),
        ]
        why, source, ended = enrollment_steps(student, shop.course.course_id)[-1]
        assert (why, source, ended["status"], ended["reason"]) == ("NothingPaid", "sweep", "cancelled", "expired")

    def test_an_attempt_that_failed_is_nothing_paid(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id, "failed")
        shop.time.pass_time(minutes=5)
        assert swept() == report(processed=1, verdicts={"recorded": 1})
        assert payment_steps(order_id) == [("NothingPaid", "sweep", {})]


class TestAReceipt:
    def test_it_gets_the_next_number_of_its_year(self, shop: Shop, student: Api) -> None:
        for order_id in ordered(shop, student, 2):
            shop.pay(order_id)
            shop.deliver()
        assert swept() == report(processed=2, receipts=2)
        numbers = [receipt.number for each in shop.gateway.ledger.orders if (receipt := receipts.get(each))]
        assert sorted(map(str, numbers)) == ["L/26-27/000001", "L/26-27/000002"]

    def test_it_gets_its_number_while_the_gateway_is_silent(self, shop: Shop, student: Api) -> None:
        """Receipts need no gateway: after three silences running they are looked at, and payments are not."""
        ordered(shop, student, 3)
        paid = shop.order(student)["order_id"]
        shop.time.pass_time(minutes=1)
        ordered(shop, student, 2)
        shop.time.pass_time(minutes=4, seconds=30)
        shop.pay(paid)
        shop.deliver()
        shop.time.pass_time(seconds=30)
        fail(shop, "503", times=100)
        assert swept() == report(processed=4, receipts=1, deferred=5, oldest_due_seconds=60)


def test_an_order_that_is_replaced_after_its_watch_is_looked_at_once_more(shop: Shop, student: Api) -> None:
    """No sweep ran for days, and no webhook came: nobody has asked about the money since it was paid."""
    first = shop.order(student)["order_id"]
    shop.pay(first)
    shop.time.pass_time(days=9)
    second = shop.order(student)["order_id"]
    assert (shop.payment(first).status, shop.payment(first).reason) == ("failed", "superseded")
    assert swept()["verdicts"] == {"granted": 1}
    assert shop.states(student, first) == ("captured", "active")
    assert shop.payment(second).status == "pending"


def test_an_order_that_is_replaced_and_was_not_paid_is_left_in_peace(shop: Shop, student: Api) -> None:
    first = shop.order(student)["order_id"]
    shop.time.pass_time(days=9)
    shop.order(student)
    swept()
    assert (shop.payment(first).status, shop.payment(first).gsi2sk) == ("failed", None)
