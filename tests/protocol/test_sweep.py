"""The sweep asks the gateway about all that is due before it decides anything; what it cannot settle it leaves."""

import json
from datetime import timedelta
from typing import Any

import pytest

from functions.payments import sweep_handler
from functions.payments.sweep import PER_RUN, sweep
from shared import clock
from shared.db import keys, receipts, store
from shared.invariants import read, stuck
from tests import stored
from tests.api import Api
from tests.contents import contents
from tests.logs import logged
from tests.protocol.memory import Memory
from tests.protocol.read_back import enrollment_steps, next_look, payment_steps
from tests.shop import PRICE, Shop, stored_course


def report(**numbers: Any) -> dict[str, Any]:
    """What a sweep answers when nothing but `numbers` is to be told."""
    return {"looked_at": 0, "verdicts": {}, "receipts": 0, "left": 0, "oldest_due_seconds": 0, **numbers}


def swept() -> dict[str, Any]:
    answer: dict[str, Any] = sweep_handler.lambda_handler({}, None)
    return answer


def orders(shop: Shop, learner: Api, number: int) -> list[str]:
    """Orders of one learner for so many courses, all due in five minutes."""
    courses = [stored_course(shop.course.instructor_id).course_id for _ in range(number)]
    return [shop.order(learner, course_id)["order_id"] for course_id in courses]


def fail(shop: Shop, kind: str, times: int, order_id: str = "[^/]+", after: int = 0) -> None:
    path = f"/v1/orders/{order_id}/payments"
    shop.control("POST", "faults", {"kind": kind, "times": times, "path": path, "after": after})


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
        assert answer == report(looked_at=1, verdicts={"recorded": 1}, oldest_due_seconds=42)
        line = json.loads(lines.getvalue().splitlines()[-1])
        assert line["message"] == "sweep"
        assert {name: line[name] for name in answer} == answer

    def test_the_oldest_is_looked_at_first_and_the_same_verdicts_are_added_up(
        self, shop: Shop, student: Api, asked: list[str]
    ) -> None:
        [first] = orders(shop, student, 1)
        shop.time.pass_time(seconds=30)
        second, third = orders(shop, student, 2)
        shop.pay(third)
        asked.clear()
        shop.time.pass_time(minutes=6)
        answer = swept()
        assert answer == report(looked_at=3, verdicts={"recorded": 2, "granted": 1}, oldest_due_seconds=90)
        assert asked[0] == f"GET /v1/orders/{first}/payments"
        assert f"GET /v1/orders/{second}/payments" in asked

    def test_a_hand_can_look_at_what_is_not_due_yet(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id)
        found = sweep(until=clock.now().replace(hour=13))
        assert (found.looked_at, found.verdicts, found.oldest_due_seconds) == (1, {"granted": 1}, -300)
        assert shop.states(student, order_id) == ("captured", "active")


class TestWhatItLeaves:
    def test_a_gateway_that_is_silent_three_times_is_not_asked_on(
        self, shop: Shop, student: Api, asked: list[str]
    ) -> None:
        orders(shop, student, 5)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=100)
        asked.clear()
        assert swept() == report(looked_at=3, left=5)
        assert len(asked) == 3 * 3, "each look asks three times"

    def test_any_answer_in_between_begins_the_count_anew(self, shop: Shop, student: Api) -> None:
        orders(shop, student, 7)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=6)
        fail(shop, "503", times=6, after=1)
        assert swept() == report(looked_at=7, verdicts={"recorded": 3}, left=4)

    def test_what_the_gateway_refuses_is_an_answer_too(self, shop: Shop, student: Api) -> None:
        orders(shop, student, 6)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=6)
        fail(shop, "409", times=1)
        fail(shop, "503", times=6)
        assert swept() == report(looked_at=6, verdicts={"recorded": 1}, left=5)

    def test_a_gateway_that_is_asked_too_much_is_left_in_peace_at_once(
        self, shop: Shop, student: Api, asked: list[str]
    ) -> None:
        orders(shop, student, 3)
        shop.time.pass_time(minutes=5)
        fail(shop, "429", times=100)
        asked.clear()
        assert swept() == report(looked_at=1, left=3)
        assert len(asked) == 3

    def test_it_takes_so_many_a_run_and_the_rest_with_the_next(self, shop: Shop, student: Api) -> None:
        orders(shop, student, 3)
        shop.time.pass_time(minutes=5)
        assert [sweep(at_most=2).looked_at for _ in range(3)] == [2, 1, 0]
        assert PER_RUN == 500

    def test_what_does_not_move_is_put_off_later_and_later(self, shop: Shop, student: Api) -> None:
        """An order the gateway never answers for: in the next run, then after a quarter of the time it stands still."""
        order_id = shop.order(student)["order_id"]
        fail(shop, "409", times=1000)
        looks = []
        for minutes in (5, 4, 4, 120, 60 * 24 * 30):
            shop.time.pass_time(minutes=minutes)
            assert swept()["left"] == 1
            looks.append(next_look(shop.payment(order_id)))
        assert looks == ["23 12:09", "23 12:13", "23 12:17", "23 14:46", "24 14:13"]
        assert (shop.payment(order_id).version, shop.states(student, order_id)) == (1, ("pending", "pending"))
        told = [str(each) for each in stuck(read([shop.payment(order_id)]), clock.now() - timedelta(minutes=75))]
        assert told == [f"I6 {order_id}: pending, though its window ended 2026-11-23 12:30:00+00:00"]

    def test_three_that_are_always_silent_do_not_keep_the_others(self, shop: Shop, student: Api) -> None:
        for each in orders(shop, student, 3):
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
        for order_id in orders(shop, student, 3):
            shop.pay(order_id)
            shop.deliver()
            assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
        shop.time.pass_time(minutes=20)
        paid = shop.order(student)["order_id"]
        shop.pay(paid)
        for _ in range(8):
            shop.time.pass_time(minutes=5)
            sweep(at_most=3)
        assert shop.states(student, paid) == ("captured", "active")

    def test_it_ends_while_there_is_time_for_one_more_look(self, shop: Shop, student: Api) -> None:
        orders(shop, student, 3)
        shop.time.pass_time(minutes=5)
        left = iter([20_000, 19_999])
        context = type("Context", (), {"get_remaining_time_in_millis": lambda _: next(left)})()
        assert sweep_handler.lambda_handler({}, context) == report(looked_at=1, verdicts={"recorded": 1}, left=2)

    def test_what_cannot_be_put_off_is_logged_and_does_not_keep_the_others(
        self, shop: Shop, student: Api, memory: Memory
    ) -> None:
        orders(shop, student, 2)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=3)
        memory.before("UpdateItem", lambda: memory.be_silent(1))
        with logged() as lines:
            assert swept() == report(looked_at=2, verdicts={"recorded": 1}, left=1)
        told = [json.loads(line) for line in lines.getvalue().splitlines()]
        [line] = [each for each in told if each["message"] == "not put off"]
        assert line["level"] == "WARNING"
        assert line["item"] in [f"PAYMENT#{each}" for each in shop.gateway.ledger.orders]
        assert "StoreUnavailable" in line["exception"]

    def test_what_it_had_left_before_its_time_was_over_is_counted_too(self, shop: Shop, student: Api) -> None:
        orders(shop, student, 3)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=3)
        left = iter([20, 19])
        assert sweep(seconds_left=lambda: next(left)).left == 3

    def test_what_it_leaves_is_logged_and_settled_by_the_next(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id)
        shop.time.pass_time(minutes=5)
        fail(shop, "503", times=3)
        with logged() as lines:
            assert swept() == report(looked_at=1, left=1)
        shop.time.pass_time(minutes=4)
        line = json.loads(lines.getvalue().splitlines()[0])
        assert (line["level"], line["message"]) == ("WARNING", "left for the next sweep")
        assert line["item"] == f"PAYMENT#{order_id}"
        assert "GatewayUnavailable" in line["exception"]
        assert shop.states(student, order_id) == ("pending", "pending")
        assert swept() == report(looked_at=1, verdicts={"granted": 1})

    def test_an_item_that_cannot_be_read_does_not_keep_the_others(
        self, shop: Shop, student: Api, memory: Memory
    ) -> None:
        *broken, one, two = orders(shop, student, 4)
        shop.time.pass_time(minutes=5)
        for order_id in broken:
            memory.spoil(keys.payment(order_id), "status")
        with logged() as lines:
            assert swept() == report(looked_at=4, verdicts={"recorded": 2}, left=2)
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
        assert swept() == report(looked_at=1, verdicts={"gone": 1})

    def test_a_payment_that_goes_while_it_is_looked_at_is_nothing_new(
        self, shop: Shop, student: Api, memory: Memory
    ) -> None:
        order_id = shop.order(student)["order_id"]
        shop.time.pass_time(minutes=5)
        memory.before("GetItem", lambda: store.delete(keys.payment(order_id)))
        assert swept() == report(looked_at=1, verdicts={"known": 1})


class TestAnOrderNobodyPaid:
    def test_it_is_looked_at_after_5_and_15_minutes_and_expires_after_30(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        for minutes, verdict, then in ((5, "recorded", "12:15"), (10, "recorded", "12:30"), (15, "expired", "12:45")):
            shop.time.pass_time(minutes=minutes)
            assert swept() == report(looked_at=1, verdicts={verdict: 1})
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
        assert swept() == report(looked_at=1, verdicts={"recorded": 1})
        assert payment_steps(order_id) == [("NothingPaid", "sweep", {})]


class TestAnOrderThatWasPaid:
    def test_captured_money_opens_the_course(self, shop: Shop, student: Api, asked: list[str]) -> None:
        order_id = shop.order(student)["order_id"]
        paid = shop.pay(order_id)["razorpay_payment_id"]
        asked.clear()
        shop.time.pass_time(minutes=5)
        assert swept() == report(looked_at=1, verdicts={"granted": 1})
        assert shop.states(student, order_id) == ("captured", "active")
        assert asked == [f"GET /v1/orders/{order_id}/payments", f"GET /v1/payments/{paid}/refunds?count=100&skip=0"]
        assert [step[:2] for step in payment_steps(order_id)] == [("Captured", "sweep")]
        assert swept() == report(looked_at=1, receipts=1)

    def test_an_attempt_that_failed_before_does_not_matter(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id, "failed")
        paid = shop.pay(order_id)["razorpay_payment_id"]
        shop.time.pass_time(minutes=5)
        assert swept() == report(looked_at=1, verdicts={"granted": 1})
        assert shop.payment(order_id).payment_id == paid

    @pytest.mark.parametrize("refunded", ["first", "second"])
    def test_of_two_captures_the_one_that_was_not_refunded_counts(
        self, shop: Shop, student: Api, refunded: str
    ) -> None:
        """Razorpay takes one payment for an order, and says so; should it not, the other is kept beside."""
        order_id = shop.order(student)["order_id"]
        second = shop.pay(order_id, "created")["razorpay_payment_id"]
        first = shop.pay(order_id)["razorpay_payment_id"]
        shop.control("POST", f"payments/{second}/late_authorize", {"capture": True, "even_if_paid": True})
        gone, stays = (first, second) if refunded == "first" else (second, first)
        shop.control("POST", f"payments/{gone}/refund")
        shop.time.pass_time(minutes=5)
        assert swept()["looked_at"] == 1
        payment = shop.payment(order_id)
        assert (payment.status, payment.payment_id, list(payment.surplus.as_dict())) == ("captured", stays, [gone])

    def test_refunds_nobody_told_us_of_come_with_it(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        paid = shop.pay(order_id)["razorpay_payment_id"]
        made = shop.control("POST", f"payments/{paid}/refund", {"amount": 10_000})
        shop.control("POST", f"refunds/{made['id']}/process")
        shop.time.pass_time(minutes=5)
        assert swept() == report(looked_at=1, verdicts={"recorded": 1})
        assert [step[:2] for step in payment_steps(order_id)] == [("Captured", "sweep"), ("Refunded", "sweep")]
        assert shop.payment(order_id).refunded_amount == 10_000
        assert shop.states(student, order_id) == ("captured", "active")

    def test_authorised_money_is_captured_on_the_way(self, shop: Shop, student: Api, asked: list[str]) -> None:
        order_id = shop.order(student)["order_id"]
        checkout = shop.pay(order_id, "authorized")
        shop.verify(student, checkout)
        asked.clear()
        shop.time.pass_time(minutes=15)
        assert swept() == report(looked_at=1, verdicts={"captured": 1})
        paid = checkout["razorpay_payment_id"]
        body = f'{{"currency": "INR", "amount": {PRICE}}}'
        assert asked == [f"GET /v1/orders/{order_id}/payments", f"POST /v1/payments/{paid}/capture {body}"]
        assert shop.control("GET", "books")["captured"] == PRICE
        [_, captured] = payment_steps(order_id)
        assert captured[:2] == ("Captured", "sweep")
        assert (captured[2]["payment_id"], captured[2]["captured_amount"]) == (paid, PRICE)

    def test_money_of_another_amount_is_not_captured_and_kept_aside(
        self, shop: Shop, student: Api, asked: list[str]
    ) -> None:
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id, "authorized", amount=PRICE - 1)
        asked.clear()
        shop.time.pass_time(minutes=5)
        assert swept() == report(looked_at=1, verdicts={"quarantined": 1})
        assert asked == [f"GET /v1/orders/{order_id}/payments"]
        assert shop.states(student, order_id) == ("pending", "pending")
        assert (shop.payment(order_id).reason, next_look(shop.payment(order_id))) == ("mismatch", "24 12:05")

    def test_money_that_went_back_uncaptured_takes_the_access_along(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        checkout = shop.pay(order_id, "authorized")
        shop.verify(student, checkout)
        shop.time.pass_time(days=6)
        shop.gateway.tick()
        assert swept() == report(looked_at=1, verdicts={"revoked": 1}, oldest_due_seconds=6 * 86_400 - 900)
        assert shop.states(student, order_id) == ("failed", "cancelled")
        payment = shop.payment(order_id)
        assert (payment.reason, payment.returned_payment_ids) == ("not_captured", [checkout["razorpay_payment_id"]])

    def test_an_authorisation_the_gateway_knows_nothing_of_is_believed_no_longer(
        self, shop: Shop, student: Api
    ) -> None:
        """The attempt is there no more as authorised money: it failed after all."""
        order_id = shop.order(student)["order_id"]
        checkout = shop.pay(order_id, "authorized")
        shop.verify(student, checkout)
        shop.gateway.ledger.payments[checkout["razorpay_payment_id"]].status = "failed"
        shop.time.pass_time(minutes=15)
        assert swept() == report(looked_at=1, verdicts={"revoked": 1})
        assert [step[:2] for step in payment_steps(order_id)][-1] == ("NotCaptured", "sweep")
        assert shop.payment(order_id).returned_payment_ids == [checkout["razorpay_payment_id"]]

    def test_money_that_went_back_unseen_is_remembered_and_the_order_stays_open(self, shop: Shop, student: Api) -> None:
        order_id = shop.order(student)["order_id"]
        gone = shop.pay(order_id, "authorized")["razorpay_payment_id"]
        shop.time.pass_time(days=6)
        shop.gateway.tick()
        assert swept() == report(looked_at=1, verdicts={"expired": 1}, oldest_due_seconds=6 * 86_400 - 300)
        assert [step[0] for step in payment_steps(order_id)] == ["NotCaptured", "NothingPaid"]
        assert shop.payment(order_id).returned_payment_ids == [gone]

    def test_what_a_webhook_told_meanwhile_is_nothing_new(self, shop: Shop, student: Api, memory: Memory) -> None:
        shop.pay(shop.order(student)["order_id"])
        shop.time.pass_time(minutes=5)
        memory.before("GetItem", lambda: shop.deliver("payment.captured"))
        assert swept() == report(looked_at=1, verdicts={"known": 1})


class TestAnEnrollmentNobodyBeganToPay:
    def test_it_expires_with_its_own_window(self, shop: Shop, student: Api) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        shop.time.pass_time(minutes=29)
        assert swept() == report()
        shop.time.pass_time(minutes=1)
        assert swept() == report(looked_at=1, verdicts={"enrollment_written": 1})
        ended = shop.enrollment(student)
        assert (ended.status, ended.reason, ended.cancelled_at) == ("cancelled", "expired", shop.time.now())
        assert enrollment_steps(student, shop.course.course_id)[-1][:2] == ("expired", "sweep")
        assert swept() == report()

    def test_not_before_it_is_due_whoever_asks(self, shop: Shop, student: Api) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        before = contents()
        assert sweep(until=clock.now().replace(hour=13)).verdicts == {"not_due": 1}
        assert contents() == before

    def test_not_when_it_is_paid_for_meanwhile(self, shop: Shop, student: Api, memory: Memory) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        shop.time.pass_time(minutes=30)
        memory.before("BatchGetItem", lambda: shop.order(student))
        assert swept() == report(looked_at=1, verdicts={"not_due": 1})
        assert shop.enrollment(student).status == "pending"

    def test_not_when_it_changes_at_the_last_moment(self, shop: Shop, student: Api, memory: Memory) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        shop.time.pass_time(minutes=30)
        memory.before("TransactWriteItems", lambda: stored.change(shop.enrollment(student)))
        assert swept() == report(looked_at=1, verdicts={"enrollment_changed": 1})
        assert shop.enrollment(student).status == "pending"

    def test_not_when_it_is_open_whatever_timer_it_still_has(self, shop: Shop, student: Api) -> None:
        student.post("/api/enrollments", {"course_id": shop.course.course_id})
        stored.change(shop.enrollment(student), status="active")
        shop.time.pass_time(minutes=30)
        assert swept() == report(looked_at=1, verdicts={"not_due": 1})
        assert shop.enrollment(student).status == "active"


class TestAReceipt:
    def test_it_gets_the_next_number_of_its_year(self, shop: Shop, student: Api) -> None:
        for order_id in orders(shop, student, 2):
            shop.pay(order_id)
            shop.deliver()
        assert swept() == report(looked_at=2, receipts=2)
        numbers = [receipt.number for each in shop.gateway.ledger.orders if (receipt := receipts.get(each))]
        assert sorted(map(str, numbers)) == ["L/26-27/000001", "L/26-27/000002"]

    def test_it_gets_its_number_while_the_gateway_is_silent(self, shop: Shop, student: Api) -> None:
        """Receipts need no gateway: after three silences running they are looked at, and payments are not."""
        orders(shop, student, 3)
        paid = shop.order(student)["order_id"]
        shop.time.pass_time(minutes=1)
        orders(shop, student, 2)
        shop.time.pass_time(minutes=4, seconds=30)
        shop.pay(paid)
        shop.deliver()
        shop.time.pass_time(seconds=30)
        fail(shop, "503", times=100)
        assert swept() == report(looked_at=4, receipts=1, left=5, oldest_due_seconds=60)


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
