"""F3, F5, F6: whatever the gateway does instead of answering, nothing is half done and the next try works."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.razorpay.faults import FAULT_KINDS
from shared.gateways import razorpay
from tests.api import Api
from tests.conftest import SETTINGS
from tests.contents import apart_from_timers, contents
from tests.logs import logged
from tests.shop import PRICE, Shop, stored_course

FAULTS = {kind: {"kind": kind} for kind in FAULT_KINDS if kind != "hang"} | {
    "slow": {"kind": "hang", "seconds": 4.0},
    "hang": {"kind": "hang", "seconds": 600.0},
}
DOES_THE_WORK = frozenset({"lose_answer", "slow", "hang"})


def meet(shop: Shop, fault: dict[str, Any], **more: Any) -> None:
    shop.control("POST", "faults", {**fault, **more})


@pytest.mark.parametrize("name", FAULTS)
def test_f6_an_order_that_is_not_answered_stores_nothing_and_can_be_asked_again(
    shop: Shop, student: Api, name: str
) -> None:
    before = contents()
    meet(shop, FAULTS[name])
    reply = shop.ask(student)
    assert (reply.status, reply.code) == (503, "gateway_busy" if name == "429" else "payment_outcome_unknown")
    assert int(reply.headers["Retry-After"]) > 0
    assert contents() == before
    assert len(shop.orders()) == (name == "lose_answer")
    again = shop.ask(student)
    assert again.status == 201
    assert again.json["order_id"] == shop.orders()[-1]
    assert shop.states(student, again.json["order_id"]) == ("pending", "pending")


def test_f6_an_open_order_is_given_again_without_the_gateway(shop: Shop, student: Api) -> None:
    order = shop.order(student)
    meet(shop, {"kind": "503"}, times=100)
    again = shop.ask(student)
    assert (again.status, again.json["order_id"]) == (200, order["order_id"])
    checkout = shop.pay(order["order_id"])
    assert shop.verify(student, checkout).status == 200
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, order["order_id"]) == ("captured", "active")


def test_f6_an_order_is_asked_for_once_however_it_fails(shop: Shop, student: Api) -> None:
    meet(shop, {"kind": "drop"}, times=5)
    assert shop.ask(student).status == 503
    assert [fault.times for fault in shop.gateway.faults.pending] == [4]


def test_f6_an_idempotency_key_does_not_keep_the_outage(shop: Shop, student: Api) -> None:
    body, headers = {"course_id": shop.course.course_id}, {"Idempotency-Key": "click-1"}
    meet(shop, {"kind": "502"})
    assert student.post("/api/payments/create-order", body, headers=headers).status == 503
    second = student.post("/api/payments/create-order", body, headers=headers)
    third = student.post("/api/payments/create-order", body, headers=headers)
    assert (second.status, third.status, third.json) == (201, 201, second.json)
    assert len(shop.orders()) == 1


def test_f12_what_the_gateway_will_not_take_is_the_sellers_to_mend(shop: Shop, student: Api) -> None:
    cheap = stored_course(shop.course.instructor_id, amount=99)
    before = contents()
    reply = student.post("/api/payments/create-order", {"course_id": cheap.course_id})
    assert (reply.status, reply.code) == (409, "amount_below_minimum")
    assert contents() == before


def test_f3_an_order_whose_answer_was_lost_is_adopted_when_it_is_paid(shop: Shop, student: Api) -> None:
    meet(shop, {"kind": "lose_answer"})
    assert shop.ask(student).status == 503
    [lost] = shop.orders()
    shop.pay(lost)
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, lost) == ("captured", "active")
    assert shop.payment(lost).captured_amount == PRICE
    assert shop.ask(student).code == "enrollment_already_active"


def test_f3_paid_twice_because_an_answer_was_lost_one_of_both_is_given_back(shop: Shop, student: Api) -> None:
    meet(shop, {"kind": "lose_answer"})
    assert shop.ask(student).status == 503
    [lost] = shop.orders()
    order = shop.order(student)
    assert shop.verify(student, shop.pay(order["order_id"])).status == 200
    shop.pay(lost)
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, order["order_id"]) == ("captured", "active")
    assert (shop.payment(lost).status, shop.payment(lost).reason) == ("refund_pending", "duplicate")
    for _ in range(2):
        shop.sweep()
        shop.time.pass_time(minutes=16)
    assert shop.payment(lost).status == "refunded"
    books = shop.control("GET", "books")
    assert (books["captured"], books["refunded"]) == (2 * PRICE, PRICE)


def test_f6_an_order_made_long_after_we_gave_up_is_adopted_too(shop: Shop, student: Api) -> None:
    meet(shop, FAULTS["hang"])
    assert shop.ask(student).status == 503
    adapter = razorpay._razorpay().session.get_adapter(SETTINGS["LMS_RAZORPAY_BASE_URL"])
    shop.time.pass_time(minutes=11)
    assert adapter.deliver_late() == 1
    [late] = shop.orders()
    shop.pay(late)
    shop.deliver()
    assert shop.states(student, late) == ("captured", "active")


@pytest.mark.parametrize("kind", ["503", "502", "drop", "hang"])
def test_f5_an_unknown_order_while_the_gateway_is_down_comes_again(shop: Shop, student: Api, kind: str) -> None:
    meet(shop, {"kind": "lose_answer"})
    assert shop.ask(student).status == 503
    [lost] = shop.orders()
    shop.pay(lost)
    before = contents()
    meet(shop, FAULTS[kind], times=100)
    replies = shop.deliver()
    assert {(reply.status, reply.code) for reply in replies} == {(503, "event_unclear")}
    assert all(int(reply.headers["Retry-After"]) > 0 for reply in replies)
    assert contents() == before
    shop.control("DELETE", "faults")
    assert {reply.status for reply in shop.deliver(again=True)} == {200}
    assert shop.states(student, lost) == ("captured", "active")


@pytest.mark.parametrize("name", FAULTS)
def test_f6_a_sweep_without_the_gateway_leaves_everything_for_the_next(shop: Shop, student: Api, name: str) -> None:
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    shop.time.pass_time(minutes=31)
    before = apart_from_timers()
    meet(shop, FAULTS[name], times=100)
    assert shop.sweep() == {"deferred": 1}
    assert apart_from_timers() == before
    shop.control("DELETE", "faults")
    shop.time.pass_time(minutes=8)
    assert shop.sweep() == {"granted": 1}
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.sweep() == {}


@pytest.mark.parametrize("name", FAULTS)
def test_f38_a_capture_that_is_not_answered_captures_once(shop: Shop, student: Api, name: str) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id, "authorized")
    assert shop.verify(student, checkout).json["enrollment"]["status"] == "active"
    shop.time.pass_time(minutes=16)
    meet(shop, FAULTS[name], path=".*/capture", times=1)
    assert shop.sweep() == {"deferred": 1}
    assert shop.states(student, order_id) == ("authorized", "active")
    shop.time.pass_time(minutes=4)
    assert sum(shop.sweep().values()) == 1
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.control("GET", "books")["captured"] == PRICE


def test_f6_nothing_is_printed_and_no_secret_is_logged(
    shop: Shop, student: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = [SETTINGS["LMS_RAZORPAY_KEY_SECRET"], SETTINGS["LMS_RAZORPAY_WEBHOOK_SECRET"], "Basic ", "Authorization"]
    with logged() as log:
        for fault in FAULTS.values():
            meet(shop, fault)
            assert shop.ask(student).status == 503
        order_id = shop.order(student)["order_id"]
        shop.pay(order_id)
        shop.time.pass_time(minutes=31)
        for fault in FAULTS.values():
            meet(shop, fault, times=3)
            assert shop.sweep()["deferred"] == 1
            shop.control("DELETE", "faults")
            shop.time.pass_time(days=1)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "")
    lines = log.getvalue().splitlines()
    assert len(lines) > 2 * len(FAULTS)
    assert all(json.loads(line)["service"] == "lectern" for line in lines)
    assert not [secret for secret in secrets if secret in log.getvalue()]


def at_the_gateway(call: Callable[[], Any]) -> type[BaseException] | None:
    try:
        call()
    except (razorpay.GatewayRejected, razorpay.GatewayUnavailable) as told:
        return type(told)
    return None


def test_f6_every_call_to_the_gateway_ends_in_one_of_three_ways(shop: Shop) -> None:
    calls: dict[str, Callable[[], Any]] = {
        "fetch_order": lambda: razorpay.fetch_order("order_AAAAAAAAAAAAAA"),
        "fetch_payments_of": lambda: razorpay.fetch_payments_of("order_AAAAAAAAAAAAAA"),
        "fetch_payment": lambda: razorpay.fetch_payment("pay_AAAAAAAAAAAAAA"),
        "fetch_refunds_of": lambda: razorpay.fetch_refunds_of("pay_AAAAAAAAAAAAAA"),
        "capture": lambda: razorpay.capture("pay_AAAAAAAAAAAAAA", 100, "INR"),
        "refund": lambda: razorpay.refund("pay_AAAAAAAAAAAAAA", 100, "refund-pay_AAAAAAAAAAAAAA"),
        "create_order": lambda: razorpay.create_order(100, "INR", "rcpt_1", {}),
    }
    for name, call in calls.items():
        meet(shop, {"kind": "502"}, times=3)
        assert (name, at_the_gateway(call)) == (name, razorpay.GatewayUnavailable)
        shop.control("DELETE", "faults")
        expected = None if name == "create_order" else razorpay.GatewayRejected
        assert (name, at_the_gateway(call)) == (name, expected)
