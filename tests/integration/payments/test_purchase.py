"""Purchases, successful and failed: each test checks the stored payment and enrollment at the end."""

import pytest

from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront


def test_s7_verify_opens_the_course_and_repeats_the_same_response(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    assert (order["amount"], order["currency"], order["key_id"]) == (PRICE, "INR", "rzp_test_lectern0000001")
    assert order["expires_at"] == "2026-11-23T12:30:00.000Z"
    assert shop.states(student, order["order_id"]) == ("pending", "pending")
    checkout = shop.pay(order["order_id"])

    first = shop.verify(student, checkout)
    again = shop.verify(student, checkout)

    assert first.status == 200
    assert (first.status, first.text) == (again.status, again.text)
    assert first.json["payment"]["status"] == "authorized"
    assert first.json["enrollment"]["status"] == "active"
    assert first.json["enrollment"]["granted_by"] == order["order_id"]
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, order["order_id"]) == ("captured", "active")
    assert shop.payment(order["order_id"]).captured_amount == PRICE
    assert shop.payment(order["order_id"]).gsi2pk is None


def test_webhook_without_verify_opens_the_course(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    shop.pay(order["order_id"])
    assert [reply.status for reply in shop.deliver()] == [200, 200, 200]
    assert shop.states(student, order["order_id"]) == ("captured", "active")
    version = shop.payment(order["order_id"]).version
    assert {reply.status for reply in shop.deliver(redeliver=True)} == {200}
    assert shop.payment(order["order_id"]).version == version


def test_f25_s1_c1_sweep_without_webhook_or_verify_opens_the_course(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    shop.pay(order["order_id"])
    assert shop.sweep() == {}
    shop.clock.advance(minutes=5)
    assert shop.sweep() == {"granted": 1}
    assert shop.states(student, order["order_id"]) == ("captured", "active")
    assert shop.sweep() == {}


def test_s14_unpaid_order_expires_after_30_minutes_and_not_before(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    shop.clock.advance(minutes=29)
    assert shop.sweep() == {"recorded": 1}
    assert shop.states(student, order["order_id"]) == ("pending", "pending")
    shop.clock.advance(minutes=1)
    assert shop.sweep() == {"expired": 1}
    assert shop.states(student, order["order_id"]) == ("failed", "cancelled")
    assert shop.payment(order["order_id"]).reason == "expired"
    assert shop.enrollment(student).reason == "expired"


def test_f34_late_capture_of_expired_order_opens_the_course(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    shop.clock.advance(minutes=31)
    shop.sweep()
    shop.pay(order["order_id"])
    shop.clock.advance(minutes=20)
    assert shop.sweep() == {"granted": 1}
    assert shop.states(student, order["order_id"]) == ("captured", "active")


def test_expired_order_is_polled_with_backoff_for_six_days(shop: Storefront, student: Api) -> None:
    shop.create_order(student)
    shop.clock.advance(minutes=30)
    assert shop.sweep() == {"expired": 1}
    elapsed = 0
    for poll_minutes in (15, 60, 6 * 60, 24 * 60, 3 * 24 * 60, 6 * 24 * 60):
        shop.clock.advance(minutes=poll_minutes - elapsed - 1)
        assert shop.sweep() == {}
        shop.clock.advance(minutes=1)
        assert shop.sweep() == {"recorded": 1}
        elapsed = poll_minutes
    shop.clock.advance(days=30)
    assert shop.sweep() == {}


def test_create_order_returns_same_order_until_its_window_ends(shop: Storefront, student: Api) -> None:
    first = student.post("/api/payments/create-order", {"course_id": shop.course.course_id})
    again = student.post("/api/payments/create-order", {"course_id": shop.course.course_id})
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    shop.clock.advance(minutes=30)
    third = student.post("/api/payments/create-order", {"course_id": shop.course.course_id})
    assert third.status == 201
    assert third.json["order_id"] != first.json["order_id"]
    assert shop.payment(first.json["order_id"]).reason == "superseded"
    assert shop.states(student, third.json["order_id"]) == ("pending", "pending")


@pytest.mark.parametrize("source", ["webhook", "sweep"])
def test_f7_old_order_paid_after_price_change_opens_course_and_new_is_refunded(
    shop: Storefront, student: Api, source: str
) -> None:
    old = shop.create_order(student)
    change_price(shop, 59_900)
    new = shop.create_order(student)
    assert (new["amount"], new["order_id"] != old["order_id"]) == (59_900, True)
    shop.pay(old["order_id"])
    if source == "webhook":
        shop.deliver()
    else:
        shop.clock.advance(minutes=5)
        shop.sweep()
    assert shop.states(student, old["order_id"]) == ("captured", "active")
    assert shop.enrollment(student).granted_by == old["order_id"]
    assert shop.payment(old["order_id"]).captured_amount == PRICE

    shop.pay(new["order_id"])
    shop.deliver()
    assert shop.payment(new["order_id"]).status == "refund_pending"
    assert shop.payment(new["order_id"]).reason == "duplicate"
    shop.sweep()
    shop.clock.advance(minutes=16)
    shop.sweep()
    assert shop.payment(new["order_id"]).status == "refunded"
    assert shop.payment(new["order_id"]).refunded_amount == 59_900
    assert shop.states(student, old["order_id"]) == ("captured", "active")
    statement = shop.control("GET", "statement")
    assert (statement["captured"], statement["refunded"]) == (PRICE + 59_900, 59_900)


def test_s4_verify_with_wrong_signature_returns_400_and_changes_nothing(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    checkout = shop.pay(order["order_id"])
    before = shop.payment(order["order_id"]).serialize(), shop.enrollment(student).serialize()
    reply = shop.verify(student, {**checkout, "razorpay_signature": "0" * 64})
    assert (reply.status, reply.code) == (400, "signature_invalid")
    assert (shop.payment(order["order_id"]).serialize(), shop.enrollment(student).serialize()) == before


@pytest.mark.parametrize(
    "changed",
    [
        {"razorpay_order_id": "order_short"},
        {"razorpay_payment_id": "pay_AAAAAAAAAAAAAA; drop"},
        {"razorpay_signature": "A" * 64},
        {"amount": 1},
    ],
)
def test_verify_with_malformed_body_returns_422(shop: Storefront, student: Api, changed: dict[str, object]) -> None:
    checkout = shop.pay(shop.create_order(student)["order_id"])
    reply = student.post("/api/payments/verify", {**checkout, **changed})
    assert (reply.status, reply.code) == (422, "invalid")
    assert shop.enrollment(student).status == "pending"


def test_f15_verify_by_another_learner_returns_404_and_changes_nothing(
    shop: Storefront, student: Api, new_user: object
) -> None:
    other = new_user("student")  # type: ignore[operator]
    checkout = shop.pay(shop.create_order(student)["order_id"])
    reply = shop.verify(other, checkout)
    assert (reply.status, reply.code) == (404, "order_not_found")
    assert shop.enrollment(student).status == "pending"


def test_capture_after_withdrawal_is_refunded(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    assert student.delete(f"/api/enrollments/{shop.course.course_id}").json["status"] == "cancelled"
    shop.pay(order["order_id"])
    shop.deliver()
    assert shop.states(student, order["order_id"]) == ("refund_pending", "cancelled")
    assert shop.payment(order["order_id"]).reason == "not_wanted"
    shop.sweep()
    shop.clock.advance(minutes=16)
    shop.sweep()
    assert shop.states(student, order["order_id"]) == ("refunded", "cancelled")
    assert shop.sweep() == {}


def test_f41_c7_full_refund_from_razorpay_dashboard_ends_the_enrollment(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    checkout = shop.pay(order["order_id"])
    shop.deliver()
    half = shop.control("POST", f"payments/{checkout['razorpay_payment_id']}/refund", {"amount": 20_000})
    shop.control("POST", f"refunds/{half['id']}/process")
    shop.deliver()
    assert shop.states(student, order["order_id"]) == ("captured", "active")
    assert shop.payment(order["order_id"]).refunded_amount == 20_000
    rest = shop.control("POST", f"payments/{checkout['razorpay_payment_id']}/refund", {"amount": PRICE - 20_000})
    shop.control("POST", f"refunds/{rest['id']}/process")
    shop.deliver()
    assert shop.states(student, order["order_id"]) == ("refunded", "cancelled")
    assert shop.enrollment(student).reason == "refunded"
    shop.deliver(redeliver=True)
    assert shop.payment(order["order_id"]).refunded_amount == PRICE


def test_f17_s3_authorized_payment_is_captured_by_the_sweep(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    checkout = shop.pay(order["order_id"], "authorized")
    assert shop.verify(student, checkout).json["enrollment"]["status"] == "active"
    shop.clock.advance(minutes=16)
    assert shop.sweep() == {"captured": 1}
    assert shop.states(student, order["order_id"]) == ("captured", "active")
    assert shop.control("GET", "statement")["captured"] == PRICE


def test_failed_attempt_leaves_the_order_payable(shop: Storefront, student: Api) -> None:
    order = shop.create_order(student)
    shop.pay(order["order_id"], "failed")
    shop.deliver()
    assert shop.states(student, order["order_id"]) == ("pending", "pending")
    assert shop.create_order(student)["order_id"] == order["order_id"]
    shop.pay(order["order_id"])
    shop.deliver()
    assert shop.states(student, order["order_id"]) == ("captured", "active")


def test_orphaned_order_of_ours_is_adopted_when_paid(shop: Storefront, student: Api) -> None:
    from shared.gateways import razorpay

    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    lost = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)
    shop.pay(lost["id"])
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, lost["id"]) == ("captured", "active")


def test_f29_webhook_for_order_of_another_product_returns_200_not_ours(shop: Storefront, table: str) -> None:
    from shared.gateways import razorpay

    foreign = razorpay.create_order(PRICE, "INR", "rcpt_foreign", {"shop": "another"})
    shop.pay(foreign["id"])
    assert [(reply.status, reply.json["outcome"]) for reply in shop.deliver()] == [(200, "not_ours")] * 3


def change_price(shop: Storefront, amount: int) -> None:
    from shared.db.entities import Course
    from shared.db.table import keys, store

    store.update(Course, keys.course(shop.course.course_id), [Course.amount.set(amount)], Course.pk.exists())
