"""The price of the moment decides whether an enrollment is active at once, at both routes that begin one."""

from collections.abc import Callable

import pytest

from functions.payments.invariants.check import check_invariants
from shared.domain.coupons import CouponState
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront, put_published_course
from tests.protocol.coupons import coupon_actions
from tests.protocol.refund_actions import process_refunds

FREE = {"amount": 0, "from": "2026-11-23T12:10:00Z", "until": "2026-11-23T12:20:00Z"}


@pytest.fixture
def course_id(shop: Storefront, instructor: Api) -> str:
    """A course that is free from 12:10 to 12:20."""
    course_id: str = put_published_course(instructor.user_id).course_id
    assert instructor.put(f"/api/courses/{course_id}", {"sale": FREE}).status == 200
    return course_id


def enroll(learner: Api, course_id: str) -> tuple[int, str, str | None]:
    """The HTTP status, the status of the enrollment, and the basis of its access."""
    reply = learner.post("/api/enrollments", {"course_id": course_id})
    return reply.status, reply.json["status"], reply.json["granted_by"]


def kinds(learner: Api, course_id: str) -> list[str]:
    return [each["kind"] for each in learner.get(f"/api/enrollments/{course_id}/timeline").json["items"]]


def breaches() -> list[str]:
    return [str(breach) for breach in check_invariants().breaches]


def test_enroll_and_create_order_agree_before_in_and_after_a_sale_that_makes_the_course_free(
    shop: Storefront, new_user: Callable[..., Api], course_id: str
) -> None:
    for minutes, status, basis in ((0, "pending", None), (10, "active", "free"), (10, "pending", None)):
        shop.clock.advance(minutes=minutes)
        enrolled, ordered = new_user("student"), new_user("student")
        assert enroll(enrolled, course_id) == (201, status, basis)
        reply = shop.request_order(ordered, course_id)
        assert reply.json["status"] == status
        assert shop.enrollment(ordered, course_id).granted_by == basis
    assert breaches() == []


def test_enroll_again_activates_an_enrollment_that_was_pending_when_the_sale_began(
    shop: Storefront, student: Api, course_id: str
) -> None:
    assert enroll(student, course_id) == (201, "pending", None)
    assert enroll(student, course_id) == (200, "pending", None)
    shop.clock.advance(minutes=10)
    assert enroll(student, course_id) == (201, "active", "free")
    assert student.post("/api/enrollments", {"course_id": course_id}).json["code"] == "enrollment_already_active"
    assert (kinds(student, course_id), breaches()) == (["enrolled", "enrolled"], [])


def test_enroll_in_a_free_sale_supersedes_the_open_order_whose_late_payment_is_refunded(
    shop: Storefront, student: Api, course_id: str
) -> None:
    order_id = shop.request_order(student, course_id).json["order_id"]
    shop.clock.advance(minutes=10)
    assert enroll(student, course_id) == (201, "active", "free")
    payment = shop.payment(order_id)
    assert (payment.status, payment.reason) == ("failed", "superseded")
    assert breaches() == []
    shop.pay(order_id)
    shop.deliver()
    assert shop.payment(order_id).status == "refund_pending"
    shop.clock.advance(minutes=1)
    shop.sweep()
    process_refunds(shop)
    payment = shop.payment(order_id)
    assert (payment.status, payment.refunded_amount) == ("refunded", payment.captured_amount)
    assert shop.enrollment(student, course_id).granted_by == "free"
    assert breaches() == []


def test_enroll_in_a_free_sale_does_not_resume_a_withdrawn_order_with_a_coupon(
    shop: Storefront, student: Api, admin: Api, course_id: str
) -> None:
    coupon_actions.put_coupon(admin)
    order_id = shop.request_order(student, course_id, coupon=coupon_actions.CODE).json["order_id"]
    assert student.delete(f"/api/enrollments/{course_id}").status == 200
    shop.clock.advance(minutes=10)
    assert enroll(student, course_id) == (201, "active", "free")
    payment = shop.payment(order_id)
    assert (payment.status, payment.coupon_state) == ("failed", CouponState.CLAIMED), "it can still be paid"
    assert breaches() == []
    shop.clock.advance(days=7)
    shop.sweep()
    assert (shop.payment(order_id).coupon_state, breaches()) == (CouponState.RELEASED, [])
