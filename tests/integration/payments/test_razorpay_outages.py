"""F3, F5, F6: when Razorpay does not respond as expected, nothing is done in part and the next attempt succeeds."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.razorpay.faults import FAULT_KINDS
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay
from tests.conftest import SETTINGS
from tests.fixtures.api import Api
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import PRICE, Storefront, put_published_course
from tests.fixtures.table_snapshot import snapshot, snapshot_without_due_times

FAULTS = {kind: {"kind": kind} for kind in FAULT_KINDS if kind != "hang"} | {
    "slow": {"kind": "hang", "seconds": 4.0},
    "hang": {"kind": "hang", "seconds": 600.0},
}
FAULTS_AFTER_EFFECT = frozenset({"lose_response", "slow", "hang"})


def inject_fault(shop: Storefront, fault: dict[str, Any], **more: Any) -> None:
    shop.control("POST", "faults", {**fault, **more})


@pytest.mark.parametrize("name", FAULTS)
def test_f6_create_order_without_answer_returns_503_stores_nothing_and_retries(
    shop: Storefront, student: Api, name: str
) -> None:
    before = snapshot()
    inject_fault(shop, FAULTS[name])
    reply = shop.request_order(student)
    assert (reply.status, reply.code) == (503, "gateway_busy" if name == "429" else "payment_outcome_unknown")
    assert int(reply.headers["Retry-After"]) > 0
    assert snapshot() == before
    assert len(shop.gateway_order_ids()) == (name == "lose_response")
    again = shop.request_order(student)
    assert again.status == 201
    assert again.json["order_id"] == shop.gateway_order_ids()[-1]
    assert shop.states(student, again.json["order_id"]) == ("pending", "pending")


def test_f6_open_order_is_reused_and_paid_while_razorpay_is_down(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    inject_fault(shop, {"kind": "503"}, times=100)
    again = shop.request_order(student)
    assert (again.status, again.json["order_id"]) == (200, order["order_id"])
    checkout = shop.pay(order["order_id"])
    assert shop.verify(student, checkout).status == 200
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, order["order_id"]) == ("captured", "active")


def test_f6_create_order_is_not_retried_after_connection_drop(shop: Storefront, student: Api) -> None:
    inject_fault(shop, {"kind": "drop"}, times=5)
    assert shop.request_order(student).status == 503
    assert [fault.times for fault in shop.gateway.faults.pending] == [4]


def test_f6_idempotency_key_does_not_replay_an_outage(shop: Storefront, student: Api) -> None:
    body, headers = {"course_id": shop.course.course_id}, {"Idempotency-Key": "click-1"}
    inject_fault(shop, {"kind": "502"})
    assert student.post("/api/payments/create-order", body, headers=headers).status == 503
    second = student.post("/api/payments/create-order", body, headers=headers)
    third = student.post("/api/payments/create-order", body, headers=headers)
    assert (second.status, third.status, third.json) == (201, 201, second.json)
    assert len(shop.gateway_order_ids()) == 1


def test_f12_create_order_below_minimum_amount_returns_409_and_stores_nothing(shop: Storefront, student: Api) -> None:
    cheap = put_published_course(shop.course.instructor_id, amount=99)
    before = snapshot()
    reply = student.post("/api/payments/create-order", {"course_id": cheap.course_id})
    assert (reply.status, reply.code) == (409, "amount_below_minimum")
    assert snapshot() == before


def test_f3_order_with_lost_answer_is_adopted_when_paid(shop: Storefront, student: Api) -> None:
    inject_fault(shop, {"kind": "lose_response"})
    assert shop.request_order(student).status == 503
    [lost] = shop.gateway_order_ids()
    shop.pay(lost)
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, lost) == ("captured", "active")
    assert shop.payment(lost).captured_amount == PRICE
    assert shop.request_order(student).code == "enrollment_already_active"


def test_f3_duplicate_capture_after_lost_answer_is_refunded(shop: Storefront, student: Api) -> None:
    inject_fault(shop, {"kind": "lose_response"})
    assert shop.request_order(student).status == 503
    [lost] = shop.gateway_order_ids()
    order = shop.create_order(student)
    assert shop.verify(student, shop.pay(order["order_id"])).status == 200
    shop.pay(lost)
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, order["order_id"]) == ("captured", "active")
    assert (shop.payment(lost).status, shop.payment(lost).reason) == ("refund_pending", "duplicate")
    for _ in range(2):
        shop.sweep()
        shop.clock.advance(minutes=16)
    assert shop.payment(lost).status == "refunded"
    statement = shop.control("GET", "statement")
    assert (statement["captured"], statement["refunded"]) == (2 * PRICE, PRICE)


def test_f6_order_created_after_client_timeout_is_adopted_when_paid(shop: Storefront, student: Api) -> None:
    inject_fault(shop, FAULTS["hang"])
    assert shop.request_order(student).status == 503
    adapter = razorpay._razorpay().session.get_adapter(SETTINGS["LMS_RAZORPAY_BASE_URL"])
    shop.clock.advance(minutes=11)
    assert adapter.process_delayed_requests() == 1
    [late] = shop.gateway_order_ids()
    shop.pay(late)
    shop.deliver()
    assert shop.states(student, late) == ("captured", "active")


@pytest.mark.parametrize("kind", ["503", "502", "drop", "hang"])
def test_f5_webhook_for_unknown_order_during_outage_returns_503_until_recovered(
    shop: Storefront, student: Api, kind: str
) -> None:
    inject_fault(shop, {"kind": "lose_response"})
    assert shop.request_order(student).status == 503
    [lost] = shop.gateway_order_ids()
    shop.pay(lost)
    before = snapshot()
    inject_fault(shop, FAULTS[kind], times=100)
    replies = shop.deliver()
    assert {(reply.status, reply.code) for reply in replies} == {(503, "event_unclear")}
    assert all(int(reply.headers["Retry-After"]) > 0 for reply in replies)
    assert snapshot() == before
    shop.control("DELETE", "faults")
    assert {reply.status for reply in shop.deliver(redeliver=True)} == {200}
    assert shop.states(student, lost) == ("captured", "active")


@pytest.mark.parametrize("name", FAULTS)
def test_f6_sweep_during_outage_changes_nothing_and_next_sweep_grants(
    shop: Storefront, student: Api, name: str
) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    shop.clock.advance(minutes=31)
    before = snapshot_without_due_times()
    inject_fault(shop, FAULTS[name], times=100)
    assert shop.sweep() == {"deferred": 1}
    assert snapshot_without_due_times() == before
    shop.control("DELETE", "faults")
    shop.clock.advance(minutes=8)
    assert shop.sweep() == {"granted": 1}
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.sweep() == {}


@pytest.mark.parametrize("name", FAULTS)
def test_f38_capture_without_answer_captures_once(shop: Storefront, student: Api, name: str) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id, "authorized")
    assert shop.verify(student, checkout).json["enrollment"]["status"] == "active"
    shop.clock.advance(minutes=16)
    inject_fault(shop, FAULTS[name], path=".*/capture", times=5 if name == "429" else 1)
    assert shop.sweep() == {"deferred": 1}
    assert shop.states(student, order_id) == ("authorized", "active")
    shop.clock.advance(minutes=4)
    assert sum(shop.sweep().values()) == 1
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.control("GET", "statement")["captured"] == PRICE


def test_f6_outage_prints_nothing_and_logs_no_secret(
    shop: Storefront, student: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = [SETTINGS["LMS_RAZORPAY_KEY_SECRET"], SETTINGS["LMS_RAZORPAY_WEBHOOK_SECRET"], "Basic ", "Authorization"]
    with captured_logs() as log:
        for fault in FAULTS.values():
            inject_fault(shop, fault)
            assert shop.request_order(student).status == 503
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id)
        shop.clock.advance(minutes=31)
        for fault in FAULTS.values():
            inject_fault(shop, fault, times=100)
            assert shop.sweep()["deferred"] == 1
            shop.control("DELETE", "faults")
            shop.clock.advance(days=1)
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "")
    lines = log.getvalue().splitlines()
    assert len(lines) > 2 * len(FAULTS)
    assert all(json.loads(line)["service"] == "lectern" for line in lines)
    assert not [secret for secret in secrets if secret in log.getvalue()]


def razorpay_error_of(call: Callable[[], Any]) -> type[BaseException] | None:
    try:
        call()
    except (razorpay.GatewayRejected, GatewayUnavailable) as error:
        return type(error)
    return None


def test_f6_razorpay_call_succeeds_is_rejected_or_has_unknown_outcome(shop: Storefront) -> None:
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
        inject_fault(shop, {"kind": "502"}, times=3)
        assert (name, razorpay_error_of(call)) == (name, GatewayUnavailable)
        shop.control("DELETE", "faults")
        expected = None if name == "create_order" else razorpay.GatewayRejected
        assert (name, razorpay_error_of(call)) == (name, expected)
