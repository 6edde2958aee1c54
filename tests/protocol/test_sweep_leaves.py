"""What the sweep cannot settle it leaves, and nothing of that keeps the others."""

import json
from datetime import timedelta

from functions.payments import sweep_handler
from functions.payments.sweep import ITEMS_PER_RUN, sweep
from shared import clock
from shared.db import keys, store
from shared.invariants.ledger import build_ledger
from shared.invariants.waiting import check_not_stuck
from tests.api import Api
from tests.logs import logged
from tests.protocol.memory import Memory
from tests.protocol.read_back import next_look
from tests.protocol.sweeping import fail, ordered, report, swept
from tests.shop import Shop


class TestWhatItLeaves:
    def test_a_gateway_that_is_silent_three_times_is_not_asked_on(
        self, shop: Shop, student: Api, asked: list[str]
    ) -> None:
        ordered(shop, student, 5)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=100)
        asked.clear()
        assert swept() == report(processed=3, deferred=5)
        assert len(asked) == 3 * 3, "each look asks three times"

    def test_any_answer_in_between_begins_the_count_anew(self, shop: Shop, student: Api) -> None:
        ordered(shop, student, 7)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=6)
        fail(shop, "503", times=6, after=1)
        assert swept() == report(processed=7, verdicts={"recorded": 3}, deferred=4)

    def test_what_the_gateway_refuses_is_an_answer_too(self, shop: Shop, student: Api) -> None:
        ordered(shop, student, 6)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=6)
        fail(shop, "409", times=1)
        fail(shop, "503", times=6)
        assert swept() == report(processed=6, verdicts={"recorded": 1}, deferred=5)

    def test_a_gateway_that_is_asked_too_much_is_left_in_peace_at_once(
        self, shop: Shop, student: Api, asked: list[str]
    ) -> None:
        ordered(shop, student, 3)
        shop.time.pass_time(minutes=5)
        fail(shop, "429", times=100)
        asked.clear()
        assert swept() == report(processed=1, deferred=3)
        assert len(asked) == 3

    def test_it_takes_so_many_a_run_and_the_rest_with_the_next(self, shop: Shop, student: Api) -> None:
        ordered(shop, student, 3)
        shop.time.pass_time(minutes=5)
        assert [sweep(limit=2).processed for _ in range(3)] == [2, 1, 0]
        assert ITEMS_PER_RUN == 500

    def test_what_does_not_move_is_put_off_later_and_later(self, shop: Shop, student: Api) -> None:
        """An order the gateway never answers for: in the next run, then after a quarter of the time it stands still."""
        order_id = shop.order(student)["order_id"]
        fail(shop, "409", times=1000)
        looks = []
        for minutes in (5, 4, 4, 120, 60 * 24 * 30):
            shop.time.pass_time(minutes=minutes)
            assert swept()["deferred"] == 1
            looks.append(next_look(shop.payment(order_id)))
        assert looks == ["23 12:09", "23 12:13", "23 12:17", "23 14:46", "24 14:13"]
        assert (shop.payment(order_id).version, shop.states(student, order_id)) == (1, ("pending", "pending"))
        told = [
            str(each)
            for each in check_not_stuck(build_ledger([shop.payment(order_id)]), clock.now() - timedelta(minutes=75))
        ]
        assert told == [f"I6 {order_id}: pending, though its window ended 2026-11-23 12:30:00+00:00"]

    def test_three_that_are_always_silent_do_not_keep_the_others(self, shop: Shop, student: Api) -> None:
        for each in ordered(shop, student, 3):
            fail(shop, "503", times=1000, order_id=each)
        shop.time.pass_time(minutes=1)
        paid = shop.order(student)["order_id"]
        shop.pay(paid)
        for _ in range(3):
            shop.time.pass_time(minutes=5)
            swept()
        assert shop.states(student, paid) == ("captured", "active")

    def test_refunds_that_take_their_time_do_not_keep_the_others(self, shop: Shop, student: Api, admin: Api) -> None:
        shop.control("PATCH", "settings", {"refunds": "hold"})
        for order_id in ordered(shop, student, 3):
            shop.pay(order_id)
            shop.deliver()
            assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
        shop.time.pass_time(minutes=20)
        paid = shop.order(student)["order_id"]
        shop.pay(paid)
        for _ in range(8):
            shop.time.pass_time(minutes=5)
            sweep(limit=3)
        assert shop.states(student, paid) == ("captured", "active")

    def test_it_ends_while_there_is_time_for_one_more_look(self, shop: Shop, student: Api) -> None:
        ordered(shop, student, 3)
        shop.time.pass_time(minutes=5)
        left = iter([20_000, 19_999])
        context = type("Context", (), {"get_remaining_time_in_millis": lambda _: next(left)})()
        assert sweep_handler.lambda_handler({}, context) == report(processed=1, verdicts={"recorded": 1}, deferred=2)

    def test_what_cannot_be_put_off_is_logged_and_does_not_keep_the_others(
        self, shop: Shop, student: Api, memory: Memory
    ) -> None:
        ordered(shop, student, 2)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=3)
        memory.before("UpdateItem", lambda: memory.be_silent(1))
        with logged() as lines:
            assert swept() == report(processed=2, verdicts={"recorded": 1}, deferred=1)
        told = [json.loads(line) for line in lines.getvalue().splitlines()]
        [line] = [each for each in told if each["message"] == "not put off"]
        assert line["level"] == "WARNING"
        assert line["item"] in [f"PAYMENT#{each}" for each in shop.gateway.ledger.orders]
        assert "StoreUnavailable" in line["exception"]

    def test_what_it_had_left_before_its_time_was_over_is_counted_too(self, shop: Shop, student: Api) -> None:
        ordered(shop, student, 3)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=3)
        left = iter([20, 19])
        assert sweep(seconds_left=lambda: next(left)).deferred == 3

    def test_what_it_leaves_is_logged_and_settled_by_the_next(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=3)
        with logged() as lines:
            assert swept() == report(processed=1, deferred=1)
        shop.time.pass_time(minutes=4)
        line = json.loads(lines.getvalue().splitlines()[0])
        assert (line["level"], line["message"]) == ("WARNING", "left for the next sweep")
        assert line["item"] == f"PAYMENT#{order_id}"
        assert "GatewayUnavailable" in line["exception"]
        assert shop.states(student, order_id) == ("pending", "pending")
        assert swept() == report(processed=1, verdicts={"granted": 1})

    def test_an_item_that_cannot_be_read_does_not_keep_the_others(
        self, shop: Shop, student: Api, memory: Memory
    ) -> None:
        *broken, one, two = ordered(shop, student, 4)
        shop.time.pass_time(minutes=5)
        for order_id in broken:
            memory.spoil(keys.payment(order_id), "status")
        with logged() as lines:
            assert swept() == report(processed=4, verdicts={"recorded": 2}, deferred=2)
        told = [json.loads(line) for line in lines.getvalue().splitlines()][:2]
        assert {(each["level"], each["message"]) for each in told} == {("ERROR", "sweep failed on an item")}
        assert {each["item"] for each in told} == {f"PAYMENT#{order_id}" for order_id in broken}
        assert next_look(shop.payment(one)) == next_look(shop.payment(two)) == "23 12:15"

    def test_what_is_gone_since_the_index_was_read_is_nothing_to_do(
        self, shop: Shop, student: Api, memory: Memory
    ) -> None:
        order_id = shop.order(student)["order_id"]
        shop.time.pass_time(minutes=5)
        memory.before("BatchGetItem", lambda: store.delete(keys.payment(order_id)))
        assert swept() == report(processed=1, verdicts={"gone": 1})

    def test_a_payment_that_goes_while_it_is_looked_at_is_nothing_new(
        self, shop: Shop, student: Api, memory: Memory
    ) -> None:
        order_id = shop.order(student)["order_id"]
        shop.time.pass_time(minutes=5)
        memory.before("GetItem", lambda: store.delete(keys.payment(order_id)))
        assert swept() == report(processed=1, verdicts={"no_change": 1})
