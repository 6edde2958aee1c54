"""Concurrent claims on a coupon with real threads on a real engine, or on a table in memory (LMS_TEST_ENGINE=memory):
no use is given twice, and none is lost."""

from collections import Counter
from collections.abc import Callable

from shared.db.entities import Payment
from shared.db.payments import payments
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront, put_published_course
from tests.integration.payments.test_concurrency import CONCURRENCY, run_concurrently
from tests.protocol.coupons.coupon_actions import CODE, Uses, put_coupon, stored_coupon, uses


def test_f81_last_redemption_50_learners_at_once_one_gets_it(
    shop: Storefront, admin: Api, new_user: Callable[..., Api]
) -> None:
    put_coupon(admin, limit=1)
    learners = [new_user("student") for _ in range(CONCURRENCY)]
    replies = run_concurrently(lambda n: shop.request_order(learners[n], coupon=CODE))
    assert Counter((reply.status, reply.json.get("code")) for reply in replies) == {
        (201, None): 1,
        (409, "coupon_exhausted"): CONCURRENCY - 1,
    }
    assert (stored_coupon().remaining, stored_coupon().redeemed_late) == (0, 0)
    assert sum(uses(learner).learner for learner in learners) == 1


def test_last_free_activation_50_learners_at_once_one_gets_it(
    shop: Storefront, admin: Api, new_user: Callable[..., Api]
) -> None:
    put_coupon(admin, limit=1, value=100)
    learners = [new_user("student") for _ in range(CONCURRENCY)]
    replies = run_concurrently(lambda n: shop.request_order(learners[n], coupon=CODE))
    assert Counter(reply.status for reply in replies) == {200: 1, 409: CONCURRENCY - 1}
    assert stored_coupon().remaining == 0
    assert sum(uses(learner).learner for learner in learners) == 1


def test_last_use_of_one_learner_50_courses_at_once_one_gets_it(
    shop: Storefront, admin: Api, student: Api, instructor: Api
) -> None:
    put_coupon(admin, limit=None)
    courses = [put_published_course(instructor.user_id).course_id for _ in range(CONCURRENCY)]
    replies = run_concurrently(lambda n: shop.request_order(student, courses[n], coupon=CODE))
    assert Counter((reply.status, reply.json.get("code")) for reply in replies) == {
        (201, None): 1,
        (409, "coupon_used"): CONCURRENCY - 1,
    }
    assert uses(student) == Uses(None, 1)


def test_f82_withdraw_and_retry_in_a_loop_frees_at_most_one(
    shop: Storefront, admin: Api, student: Api, new_user: Callable[..., Api]
) -> None:
    """One learner withdraws and orders again, at the end of each window with a new order, while others try to get the
    only use. Only the end of the order gives it back, once."""
    put_coupon(admin, limit=1)
    others = [new_user("student") for _ in range(4)]
    shop.create_order(student, coupon=CODE)

    def call(number: int) -> int:
        if number % 5:
            return shop.request_order(others[number % 5 - 1], coupon=CODE).status
        student.delete(f"/api/enrollments/{shop.course.course_id}")
        return shop.request_order(student, coupon=CODE).status

    for _ in range(4):
        statuses = Counter(run_concurrently(call, 20))
        assert statuses[201] + statuses[200] <= 4
        assert stored_coupon().remaining == 0
        shop.clock.advance(minutes=31)
    shop.sweep()
    assert stored_coupon().remaining == 1
    assert [uses(learner).learner for learner in (student, *others)] == [0] * 5
    orders: list[Payment] = payments.list_by_user(student.user_id, 100, None).items
    assert {payment.coupon_state for payment in orders} == {"released"}
    assert sum(len(payments.list_by_user(each.user_id, 100, None).items) for each in others) == 0


def test_f83_expiry_racing_late_captures_counts_the_order_once(shop: Storefront, admin: Api, student: Api) -> None:
    put_coupon(admin, limit=1)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=30)
    shop.pay(order_id)
    events = list(shop.gateway.ledger.outbox.events.values())
    run_concurrently(lambda n: shop.sweep() if n % 2 else shop.send(events[n // 2 % len(events)]), 20)
    assert shop.states(student, order_id) == ("captured", "active")
    counted = {"redeemed": Uses(0, 1), "redeemed_late": Uses(1, 1, late=1)}
    assert uses(student) == counted[shop.payment(order_id).coupon_state]


def test_f88_superseding_in_a_loop_gives_no_use_to_anybody_else(
    shop: Storefront, admin: Api, student: Api, instructor: Api, new_user: Callable[..., Api]
) -> None:
    """One learner opens orders with and without the coupon, for three courses at once, and pays all of them."""
    put_coupon(admin, limit=1, per_learner=10)
    courses = [shop.course.course_id, *(put_published_course(instructor.user_id).course_id for _ in range(2))]
    other = new_user("student")

    def call(number: int) -> int:
        if number % 4 == 3:
            return shop.request_order(other, courses[0], coupon=CODE).status
        fields = {"coupon": CODE} if number % 2 else {}
        return shop.request_order(student, courses[number % 3], **fields).status

    shop.create_order(student, courses[0], coupon=CODE)
    assert Counter(run_concurrently(call, 24)).keys() <= {200, 201, 409, 503}
    orders: list[Payment] = payments.list_by_user(student.user_id, 100, None).items
    assert sum(payment.coupon_state == "claimed" for payment in orders) == 1
    assert payments.list_by_user(other.user_id, 100, None).items == []
    assert stored_coupon().remaining == 0
    for payment in orders:
        shop.pay(payment.order_id)
    shop.deliver()
    shop.sweep()
    with_coupon = [shop.payment(payment.order_id) for payment in orders if payment.coupon_code]
    kept = [payment for payment in with_coupon if payment.status == "captured"]
    assert len(kept) <= 1
    assert {payment.course_id for payment in with_coupon} == {courses[0]}


def test_f89_first_purchase_50_courses_at_once_one_gets_it(
    shop: Storefront, admin: Api, student: Api, instructor: Api
) -> None:
    put_coupon(admin, limit=None, per_learner=100, first_purchase=True)
    courses = [put_published_course(instructor.user_id).course_id for _ in range(CONCURRENCY)]
    replies = run_concurrently(lambda n: shop.request_order(student, courses[n], coupon=CODE))
    codes = Counter((reply.status, reply.json.get("code")) for reply in replies)
    assert codes[(201, None)] == 1
    assert set(codes) <= {(201, None), (409, "coupon_first_purchase_only"), (503, "order_busy")}
    assert uses(student) == Uses(None, 1)
