"""Money on an order whose course or learner does not exist: on hold, refundable, and accepted once both exist."""

import pytest

from shared.db.entities import Course
from shared.db.table import keys, store
from shared.gateways import razorpay
from tests.fixtures import rows
from tests.fixtures.api import Api
from tests.fixtures.corruption import delete_item
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.holds.held_payment import HeldPayment
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at, payment_history


@pytest.fixture
def course(shop: Storefront) -> Course:
    """The course as it was before an older table was restored, which does not contain it."""
    delete_item(keys.course(shop.course.course_id))
    return shop.course


@pytest.fixture
def orphan(shop: Storefront, student: Api, course: Course) -> HeldPayment:
    """A paid order for the course; its webhooks are delivered."""
    notes = {"stage": "local", "user_id": student.user_id, "course_id": course.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    held = HeldPayment(shop, order_id, shop.pay(order_id)["razorpay_payment_id"])
    shop.deliver()
    return held


def test_capture_on_orphaned_order_is_on_hold(shop: Storefront, student: Api, orphan: HeldPayment) -> None:
    payment = shop.payment(orphan.order_id)
    assert (payment.status, payment.reason, payment.captured_amount) == ("failed", "orphaned", 0)
    assert [(hold["amount"], hold["state"]) for hold in orphan.shown(student)] == [(PRICE, "on_hold")]
    assert student.get("/api/enrollments/my").json["items"] == []
    assert next_poll_at(payment) == "24 12:00"
    assert (ledger_totals(shop, orphan.order_id), breaches()) == ((PRICE, 0), [])
    steps = payment_history(orphan.order_id)
    shop.deliver(redeliver=True)
    shop.clock.advance(days=1, minutes=1)
    shop.sweep()
    assert payment_history(orphan.order_id) == steps


def test_orphaned_order_is_refunded_by_an_admin_and_stays_orphaned(
    shop: Storefront, student: Api, admin: Api, orphan: HeldPayment
) -> None:
    assert orphan.refund(admin).status == 200
    shop.clock.advance(minutes=15)
    shop.gateway.tick()
    shop.sweep()
    assert (shop.payment(orphan.order_id).status, shop.payment(orphan.order_id).reason) == ("failed", "orphaned")
    assert [hold["state"] for hold in orphan.shown(student)] == ["refunded"]
    assert (ledger_totals(shop, orphan.order_id), breaches()) == ((PRICE, PRICE), [])


def test_orphaned_order_is_accepted_once_its_course_exists_again(
    shop: Storefront, student: Api, admin: Api, course: Course, orphan: HeldPayment
) -> None:
    assert orphan.accept(admin).code == "order_orphaned"
    rows.put(course)
    answer = orphan.accept(admin)
    assert (answer.status, answer.json["payment"]["amount_rule"]) == (200, "accepted")
    assert shop.states(student, orphan.order_id) == ("captured", "active")
    assert (shop.payment(orphan.order_id).reason, shop.payment(orphan.order_id).captured_amount) == (None, PRICE)
    assert shop.enrollment(student).user_name == student.get("/api/auth/me").json["name"]
    instructors = shop.payment(orphan.order_id).instructor_id, shop.enrollment(student).instructor_id
    assert instructors == (course.instructor_id, course.instructor_id)
    stored = store.get(Course, keys.course(course.course_id))
    assert stored
    assert stored.ever_enrolled is True, "it can no longer be deleted"
    assert (ledger_totals(shop, orphan.order_id), breaches()) == ((PRICE, 0), [])


def test_orphaned_order_is_not_accepted_when_its_course_is_deleted_meanwhile(
    shop: Storefront, admin: Api, course: Course, orphan: HeldPayment, dynamodb: MemoryDynamoDb
) -> None:
    rows.put(course)
    dynamodb.run_before("TransactWriteItems", lambda: delete_item(keys.course(course.course_id)))
    answer = orphan.accept(admin)
    assert (answer.status, answer.code) == (409, "order_orphaned")
    assert shop.payment(orphan.order_id).status == "failed"


def test_authorization_on_orphaned_order_is_not_captured_and_lapses(
    shop: Storefront, student: Api, course: Course, gateway_calls: list[str]
) -> None:
    """The money returns to the learner by itself."""
    notes = {"stage": "local", "user_id": student.user_id, "course_id": course.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(order_id, "authorized")
    shop.deliver()
    assert (shop.payment(order_id).status, shop.payment(order_id).reason) == ("pending", "orphaned")
    for _ in range(8):
        shop.clock.advance(days=1)
        shop.gateway.tick()
        shop.sweep()
    assert [call for call in gateway_calls if "/capture" in call] == []
    assert (shop.payment(order_id).status, shop.payment(order_id).reason) == ("failed", "orphaned")
    assert (ledger_totals(shop, order_id), breaches()) == ((0, 0), [])


def test_checkout_of_orphaned_order_grants_nothing(shop: Storefront, student: Api, course: Course) -> None:
    notes = {"stage": "local", "user_id": student.user_id, "course_id": course.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    checkout = shop.pay(order_id, "authorized")
    shop.deliver()
    answer = shop.verify(student, checkout)
    assert (answer.status, answer.json["enrollment"]) == (200, None)
    assert shop.payment(order_id).reason == "orphaned"
