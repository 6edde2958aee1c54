"""While money of the learner is on hold, create-order takes no second payment."""

import json

import pytest

from shared import config
from shared.db.table.transaction import MAX_ATTEMPTS
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.logs import captured_logs
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.holds.held_payment import PAID, HeldPayment
from tests.protocol.stored_state import breaches, enrollment_history, payment_history


def assert_on_hold(shop: Storefront, student: Api, order_id: str) -> None:
    orders = shop.gateway_order_ids()
    answer = shop.request_order(student)
    assert (answer.status, answer.code) == (409, "payment_on_hold")
    assert order_id in answer.json["detail"]
    assert shop.gateway_order_ids() == orders, "no order is created at Razorpay"


def test_create_order_while_money_is_on_hold_names_the_order(
    shop: Storefront, student: Api, held: HeldPayment, dynamodb: MemoryDynamoDb
) -> None:
    dynamodb.calls.clear()
    assert_on_hold(shop, student, held.order_id)
    assert [call.split()[0] for call in dynamodb.calls] == ["BatchGetItem"], "what it reads anyway"
    shop.clock.advance(days=30)
    shop.sweep()
    assert_on_hold(shop, student, held.order_id)
    assert breaches() == []


def test_create_order_while_another_order_is_pending_and_money_on_hold_is_refused(
    shop: Storefront, student: Api
) -> None:
    first = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=31)
    shop.create_order(student)
    shop.pay(first, amount=PAID)
    shop.deliver()
    assert_on_hold(shop, student, first)


def test_create_order_racing_a_hold_is_refused(shop: Storefront, student: Api, dynamodb: MemoryDynamoDb) -> None:
    """The second order exists at Razorpay by then, and is never shown."""
    first = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=31)
    shop.pay(first, amount=PAID)
    dynamodb.run_before("TransactWriteItems", shop.deliver)
    answer = shop.request_order(student)
    assert (answer.status, answer.code) == (409, "payment_on_hold")
    assert first in answer.json["detail"]
    [_, unseen] = shop.gateway_order_ids()
    assert unseen not in [payment["order_id"] for payment in student.get("/api/payments/my").json["items"]]
    assert shop.enrollment(student).order_id is None


def test_resume_order_racing_a_hold_is_refused(
    shop: Storefront, student: Api, abandoned_order_id: str, dynamodb: MemoryDynamoDb
) -> None:
    shop.pay(abandoned_order_id, amount=PAID)
    dynamodb.run_before("TransactWriteItems", shop.deliver)
    answer = shop.request_order(student)
    assert (answer.status, answer.code) == (409, "payment_on_hold")
    assert shop.gateway_order_ids() == [abandoned_order_id]
    assert (shop.enrollment(student).status, shop.enrollment(student).reason) == ("cancelled", "withdrawn")


def test_first_order_racing_a_hold_on_an_adopted_order_is_refused(
    shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
) -> None:
    """The response to the learner's first create-order was lost; its order is paid with another amount and adopted."""
    dynamodb.run_before("TransactWriteItems", lambda: dynamodb.time_out_next(MAX_ATTEMPTS))
    assert shop.request_order(student).status == 503
    [lost] = shop.gateway_order_ids()
    shop.pay(lost, amount=PAID)
    dynamodb.run_before("TransactWriteItems", shop.deliver)
    answer = shop.request_order(student)
    assert (answer.status, answer.code) == (409, "payment_on_hold")
    assert shop.enrollment(student).orders_on_hold == [lost]
    assert (shop.enrollment(student).status, shop.enrollment(student).reason) == ("cancelled", "mismatch")
    assert breaches() == []


def test_create_order_after_held_payment_is_refunded_creates_an_order(
    shop: Storefront, student: Api, admin: Api, held: HeldPayment
) -> None:
    assert held.refund(admin).status == 200
    made = shop.request_order(student)
    assert (made.status, shop.enrollment(student).orders_on_hold) == (201, None)
    assert [kind for kind, *_ in enrollment_history(student, shop.course.course_id)] == [
        "order_created",
        "Captured",
        "RefundRequested",
        "order_created",
    ]


def test_create_order_after_refund_on_gateway_page_creates_an_order(
    shop: Storefront, student: Api, held: HeldPayment
) -> None:
    held.refund_on_gateway_page(PAID)
    shop.deliver()
    assert shop.request_order(student).status == 201


def test_create_order_after_failed_refund_of_held_payment_is_refused_again(
    shop: Storefront, student: Api, held: HeldPayment
) -> None:
    """The refund was made on Razorpay's page and fails: the money is on hold again."""
    shop.gateway.ledger.refund_outcome = "fail"
    shop.control("POST", f"payments/{held.payment_id}/refund", {"amount": PAID})
    shop.deliver()
    assert shop.enrollment(student).orders_on_hold is None
    shop.clock.advance(minutes=1)
    shop.gateway.tick()
    shop.deliver()
    assert shop.enrollment(student).orders_on_hold == [held.order_id]
    assert_on_hold(shop, student, held.order_id)


def test_matching_capture_releases_the_hold_and_opens_the_course(
    shop: Storefront, student: Api, held: HeldPayment
) -> None:
    """Razorpay took a second payment on the order."""
    shop.gateway.ledger.payments[held.payment_id].status = "refunded"
    shop.gateway.ledger.orders[held.order_id].status = "attempted"
    shop.pay(held.order_id)
    shop.gateway.ledger.payments[held.payment_id].status = "captured"
    shop.deliver()
    assert (shop.states(student, held.order_id), shop.enrollment(student).orders_on_hold) == (
        ("captured", "active"),
        None,
    )
    assert held.shown(student) == [held.entry("refund_pending")]
    assert shop.request_order(student).code == "enrollment_already_active"


def test_hold_that_the_enrollment_does_not_list_is_listed_by_the_next_poll(
    shop: Storefront, student: Api, held: HeldPayment
) -> None:
    """Payments were on hold before the enrollment listed them."""
    tamper(shop.enrollment(student), orders_on_hold=None)
    assert shop.enrollment(student).orders_on_hold is None
    shop.clock.advance(days=1, minutes=1)
    shop.sweep()
    assert shop.enrollment(student).orders_on_hold == [held.order_id]
    assert_on_hold(shop, student, held.order_id)
    steps = payment_history(held.order_id)
    shop.clock.advance(days=1, minutes=1)
    shop.sweep()
    assert (payment_history(held.order_id), breaches()) == (steps, [])


def test_changed_setting_accepts_a_held_payment_at_its_next_poll(
    shop: Storefront, student: Api, held: HeldPayment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMS_ACCEPT_OFFERS_UP_TO_PERCENT", "11")
    config.clear_cache()
    shop.clock.advance(days=1, minutes=1)
    shop.sweep()
    assert (shop.states(student, held.order_id), shop.payment(held.order_id).amount_rule) == (
        ("captured", "active"),
        "offer",
    )
    assert (shop.payment(held.order_id).captured_amount, shop.payment(held.order_id).reason) == (PAID, None)
    assert (shop.enrollment(student).orders_on_hold, breaches()) == (None, [])
    assert PAID < PRICE


class TestShownHold:
    """A payment that was on hold stays visible."""

    def test_held_payment_is_shown_until_and_after_its_refund(
        self, shop: Storefront, student: Api, admin: Api, held: HeldPayment
    ) -> None:
        assert held.shown(student) == [held.entry("on_hold")]
        assert held.refund(admin).json["payment"]["on_hold"] == [held.entry("refund_pending")]
        shop.clock.advance(minutes=15)
        shop.gateway.tick()
        shop.sweep()
        assert held.shown(student) == [held.entry("refunded", PAID)]
        [listed] = student.get("/api/payments/my").json["items"]
        assert listed["on_hold"] == [held.entry("refunded", PAID)]

    def test_held_payment_refunded_on_gateway_page_is_shown_with_the_refunded_part(
        self, shop: Storefront, student: Api, held: HeldPayment
    ) -> None:
        held.refund_on_gateway_page(10_000)
        shop.deliver()
        assert held.shown(student) == [held.entry("on_hold", 10_000)]
        held.refund_on_gateway_page(PAID - 10_000)
        shop.deliver()
        assert held.shown(student) == [held.entry("refunded", PAID)]

    def test_enrollment_shows_the_orders_on_hold(self, shop: Storefront, student: Api, held: HeldPayment) -> None:
        enrollment = student.get(f"/api/enrollments/{shop.course.course_id}").json
        assert enrollment["orders_on_hold"] == [held.order_id]


class TestReportedHold:
    """A payment that is put on hold is logged and counted once."""

    def test_new_hold_is_logged_and_counted(
        self, shop: Storefront, student: Api, capsys: pytest.CaptureFixture[str]
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        payment_id = shop.pay(order_id, amount=PAID)["razorpay_payment_id"]
        capsys.readouterr()
        with captured_logs() as stream:
            shop.deliver()
        assert emitted_metrics(capsys) == {("settlement", "payments_on_hold"): 1}
        lines = [json.loads(text) for text in stream.getvalue().splitlines()]
        [line] = [each for each in lines if each["message"] == "payment on hold"]
        assert (line["code"], line["order_id"], line["payment_id"]) == ("payment_on_hold", order_id, payment_id)

    def test_mismatched_authorization_is_not_counted(
        self, shop: Storefront, student: Api, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shop.pay(shop.create_order(student)["order_id"], "authorized", amount=PAID)
        capsys.readouterr()
        shop.deliver()
        assert emitted_metrics(capsys) == {}

    def test_known_hold_is_not_counted_again(
        self, shop: Storefront, admin: Api, held: HeldPayment, capsys: pytest.CaptureFixture[str]
    ) -> None:
        capsys.readouterr()
        shop.deliver(redeliver=True)
        shop.clock.advance(days=1, minutes=1)
        shop.sweep()
        held.accept(admin)
        assert emitted_metrics(capsys) == {}
