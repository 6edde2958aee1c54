"""A superseded order can still be paid: it keeps its claim until its window has ended, unless a later order of the
learner for the same course and coupon takes it over."""

from collections.abc import Callable

import pytest

from functions.payments.invariants.check import check_invariants
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, put_published_course
from tests.protocol.coupons.coupon_actions import CODE, DISCOUNTED, Uses, put_coupon, uses
from tests.protocol.refund_actions import process_refunds


@pytest.fixture
def other_student(new_user: Callable[..., Api]) -> Api:
    return new_user("student")


def order_and_supersede(shop: Storefront, learner: Api, courses: list[str]) -> list[str]:
    """An order with the coupon for each course, superseded at once by one without it; ends at the first refusal."""
    orders = []
    for course in courses:
        reply = shop.request_order(learner, course, coupon=CODE)
        if reply.status != 201:
            assert reply.code in ("coupon_used", "coupon_exhausted", "coupon_first_purchase_only")
            break
        orders.append(reply.json["order_id"])
        assert shop.request_order(learner, course).json["amount"] == PRICE
    return orders


@pytest.mark.parametrize(
    "terms",
    [
        {"limit": 1, "per_learner": 10},
        {"limit": None, "per_learner": 1},
        {"limit": None, "per_learner": 10, "first_purchase": True},
    ],
)
def test_orders_superseded_on_purpose_and_paid_never_exceed_a_limit(
    shop: Storefront, student: Api, admin: Api, instructor: Api, terms: dict[str, object]
) -> None:
    put_coupon(admin, **terms)
    courses = [shop.course.course_id, *(put_published_course(instructor.user_id).course_id for _ in range(2))]
    orders = order_and_supersede(shop, student, courses)
    assert len(orders) == 1
    shop.pay(orders[0])
    shop.deliver()
    assert shop.states(student, orders[0]) == ("captured", "active")
    assert (shop.payment(orders[0]).captured_amount, shop.payment(orders[0]).coupon_state) == (DISCOUNTED, "redeemed")
    assert shop.request_order(student, courses[1], coupon=CODE).status == 409
    assert uses(student).learner == 1
    assert check_invariants().breaches == []


def test_coming_back_to_the_coupon_takes_the_kept_claim_over(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin, limit=1)
    put_coupon(admin, code="OTHER", value=10, limit=1)
    orders = [
        shop.create_order(student, **({"coupon": code} if code else {}))["order_id"]
        for code in (CODE, None, "OTHER", CODE, None, "OTHER", CODE)
    ]
    states = [shop.payment(order_id).coupon_state for order_id in orders]
    assert states == ["released", None, "released", "released", None, "claimed", "claimed"]
    assert (uses(student), uses(student, "OTHER")) == (Uses(0, 1), Uses(0, 1))
    assert shop.payment(orders[-1]).earlier_claims == [f"OTHER {orders[5]}"]
    assert check_invariants().breaches == []
    shop.clock.advance(minutes=31)
    shop.sweep()
    assert (uses(student), uses(student, "OTHER")) == (Uses(1, 0), Uses(1, 0))
    assert check_invariants().breaches == []


def test_kept_claim_is_given_back_by_the_poll_at_the_end_of_the_window(
    shop: Storefront, student: Api, other_student: Api, admin: Api
) -> None:
    put_coupon(admin, limit=1)
    first = shop.create_order(student, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=10)
    shop.create_order(student)
    shop.clock.advance(minutes=19, seconds=59)
    shop.sweep()
    assert (shop.payment(first).coupon_state, uses(student)) == ("claimed", Uses(0, 1))
    assert shop.request_order(other_student, coupon=CODE).code == "coupon_exhausted"
    shop.clock.advance(seconds=1)
    shop.sweep()
    assert (shop.payment(first).coupon_state, uses(student)) == ("released", Uses(1, 0))
    assert shop.request_order(other_student, coupon=CODE).status == 201
    assert check_invariants().breaches == []


def test_superseding_after_the_window_leaves_the_claim_to_the_next_poll(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin, limit=1)
    first = shop.create_order(student, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=31)
    shop.create_order(student)
    assert (shop.payment(first).coupon_state, uses(student)) == ("claimed", Uses(0, 1))
    assert check_invariants().breaches == []
    shop.sweep()
    assert (shop.payment(first).coupon_state, uses(student)) == ("released", Uses(1, 0))


def test_superseded_order_paid_in_its_window_is_redeemed_and_its_duplicate_gives_its_use_back(
    shop: Storefront, student: Api, admin: Api
) -> None:
    """Of two paid orders of one course, the second one is refunded, and its use is given back."""
    put_coupon(admin, limit=2)
    put_coupon(admin, code="OTHER", value=10, limit=2)
    first = shop.create_order(student, coupon=CODE)["order_id"]
    second = shop.create_order(student, coupon="OTHER")["order_id"]
    for order_id in (first, second):
        shop.pay(order_id)
        shop.deliver()
    shop.sweep()
    process_refunds(shop)
    assert [shop.payment(each).coupon_state for each in (first, second)] == ["redeemed", "released"]
    assert [str(shop.payment(each).status) for each in (first, second)] == ["captured", "refunded"]
    assert (uses(student), uses(student, "OTHER")) == (Uses(1, 1), Uses(2, 0))
    assert check_invariants().breaches == []


def test_both_orders_of_a_claim_that_passed_over_are_paid_and_count_once(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin, limit=1)
    first = shop.create_order(student, coupon=CODE)["order_id"]
    admin.patch(f"/api/coupons/{CODE}", {"value": 50})
    second = shop.create_order(student, coupon=CODE)["order_id"]
    for order_id in (first, second):
        shop.pay(order_id)
        shop.deliver()
    shop.sweep()
    process_refunds(shop)
    assert [shop.payment(each).coupon_state for each in (first, second)] == ["redeemed_late", "released"]
    assert uses(student) == Uses(1, 1, late=1)
    assert check_invariants().breaches == []


def test_claim_of_an_authorized_order_does_not_pass_over(shop: Storefront, student: Api, admin: Api) -> None:
    """The learner has paid it, and waits for the capture: the enrollment is active."""
    put_coupon(admin, limit=1)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    shop.create_order(student)
    shop.verify(student, shop.pay(order_id))
    assert shop.states(student, order_id) == ("authorized", "active")
    assert shop.request_order(student, coupon=CODE).code == "enrollment_already_active"
    assert (shop.payment(order_id).coupon_state, uses(student)) == ("claimed", Uses(0, 1))


def test_more_than_ten_other_coupons_the_oldest_claim_is_not_taken_over_but_ends_with_its_window(
    shop: Storefront, student: Api, admin: Api
) -> None:
    codes = [f"CODE-{number}" for number in range(12)]
    for code in codes:
        put_coupon(admin, code=code, limit=1)
        assert shop.request_order(student, coupon=code).status == 201
    order_id = shop.enrollment(student).order_id
    assert [each.split(" ")[0] for each in shop.payment(order_id).earlier_claims] == codes[1:11]
    assert shop.request_order(student, coupon=codes[0]).code == "coupon_used"
    assert shop.request_order(student, coupon=codes[1]).status == 201
    shop.clock.advance(minutes=31)
    shop.sweep()
    assert [uses(student, code) for code in codes] == [Uses(1, 0)] * 12
