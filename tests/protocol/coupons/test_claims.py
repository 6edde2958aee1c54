"""One order has one claim on its coupon: taken when the order is opened, given back when it ends unpaid, kept when it
is paid."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.db.entities import Payment
from shared.db.payments import payments
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, put_published_course
from tests.protocol.coupons.coupon_actions import CODE, DISCOUNTED, Uses, buy, put_coupon, stored_coupon, uses


@pytest.fixture
def other_student(new_user: Callable[..., Api]) -> Api:
    return new_user("student")


def claim_of(shop: Storefront, order_id: str) -> tuple[Any, ...]:
    payment = shop.payment(order_id)
    return payment.coupon_code, payment.coupon_state, payment.list_amount, payment.discount, payment.amount


def test_create_order_with_coupon_claims_it_at_the_discounted_price(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    reply = shop.request_order(student, coupon=" diwali-25 ")
    order_id = reply.json["order_id"]
    assert reply.status == 201
    assert {name: reply.json[name] for name in ("status", "amount", "list_amount", "discount", "coupon")} == {
        "status": "pending",
        "amount": DISCOUNTED,
        "list_amount": PRICE,
        "discount": PRICE - DISCOUNTED,
        "coupon": CODE,
    }
    assert shop.gateway.ledger.orders[order_id].amount == DISCOUNTED
    assert claim_of(shop, order_id) == (CODE, "claimed", PRICE, PRICE - DISCOUNTED, DISCOUNTED)
    assert uses(student) == Uses(1, 1)
    enrollment = shop.enrollment(student)
    assert (enrollment.order_id, enrollment.order_amount, enrollment.order_coupon) == (order_id, DISCOUNTED, CODE)


def test_create_order_again_with_the_coupon_returns_the_same_order(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin, limit=1)
    first = shop.create_order(student, coupon=CODE)
    again = shop.request_order(student, coupon=CODE)
    assert (again.status, again.json) == (200, first)
    assert uses(student) == Uses(0, 1)


@pytest.mark.parametrize("change", ["no coupon", "another coupon", "changed coupon"])
def test_create_order_at_another_price_supersedes_and_only_the_same_coupon_takes_the_claim_over(
    shop: Storefront, student: Api, admin: Api, change: str
) -> None:
    put_coupon(admin)
    put_coupon(admin, code="OTHER", value=10)
    first = shop.create_order(student, coupon=CODE)["order_id"]
    if change == "changed coupon":
        admin.patch(f"/api/coupons/{CODE}", {"value": 50})
    fields = {"no coupon": {}, "another coupon": {"coupon": "OTHER"}, "changed coupon": {"coupon": CODE}}[change]
    reply = shop.request_order(student, **fields)
    amount = {"no coupon": PRICE, "another coupon": 44_910, "changed coupon": 24_950}[change]
    assert (reply.status, reply.json["amount"]) == (201, amount)
    state = "released" if change == "changed coupon" else "claimed"
    assert (shop.payment(first).reason, shop.payment(first).coupon_state) == ("superseded", state)
    assert uses(student) == Uses(1, 1)
    assert uses(student, "OTHER") == (Uses(1, 1) if change == "another coupon" else Uses(2, 0))
    assert shop.enrollment(student).order_coupon == fields.get("coupon")


def test_unpaid_order_releases_its_claim_when_it_expires(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=30)
    shop.sweep()
    assert (shop.payment(order_id).status, shop.payment(order_id).coupon_state) == ("failed", "released")
    assert uses(student) == Uses(2, 0)


def test_captured_order_redeems_its_claim_once(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    order_id = shop.create_order(student, coupon=CODE)["order_id"]
    checkout = shop.pay(order_id)
    shop.verify(student, checkout)
    assert (shop.payment(order_id).status, shop.payment(order_id).coupon_state) == ("authorized", "claimed")
    shop.deliver()
    shop.deliver(redeliver=True)
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).coupon_state == "redeemed"
    assert shop.payment(order_id).captured_amount == DISCOUNTED
    assert uses(student) == Uses(1, 1)
    shown = student.get(f"/api/payments/{order_id}").json["payment"]
    assert (shown["list_amount"], shown["discount"], shown["coupon"]) == (PRICE, PRICE - DISCOUNTED, CODE)
    assert shown["coupon_state"] == "redeemed"
    receipt = student.get(f"/api/payments/{order_id}/receipt").json
    assert (receipt["list_amount"], receipt["discount"], receipt["amount"]) == (
        PRICE,
        PRICE - DISCOUNTED,
        DISCOUNTED,
    )


def test_refund_of_a_redeemed_order_gives_nothing_back(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    order_id = buy(shop, student, coupon=CODE)
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    shop.clock.advance(days=10)
    shop.deliver()
    shop.sweep()
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    assert shop.payment(order_id).coupon_state == "redeemed"
    assert uses(student) == Uses(1, 1)
    assert shop.request_order(student, coupon=CODE).code == "coupon_used"


def test_late_payment_keeps_its_discount_and_may_exceed_the_limit(
    shop: Storefront, student: Api, other_student: Api, admin: Api
) -> None:
    put_coupon(admin, limit=1)
    late = shop.create_order(student, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=30)
    shop.sweep()
    buy(shop, other_student, coupon=CODE)
    assert uses(other_student) == Uses(0, 1)
    shop.pay(late)
    shop.deliver()
    shop.deliver(redeliver=True)
    assert shop.states(student, late) == ("captured", "active")
    assert shop.payment(late).captured_amount == DISCOUNTED
    assert shop.payment(late).coupon_state == "redeemed_late"
    assert uses(student) == Uses(0, 1, late=1)
    assert stored_coupon().used == 1


def test_duplicate_purchase_refunded_at_once_releases_its_claim(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin, per_learner=2)
    first = shop.create_order(student)["order_id"]
    second = shop.create_order(student, coupon=CODE)["order_id"]
    shop.pay(first)
    shop.deliver()
    assert uses(student) == Uses(1, 1)
    shop.pay(second)
    shop.deliver()
    assert (shop.payment(second).status, shop.payment(second).reason) == ("refund_pending", "duplicate")
    assert shop.payment(second).coupon_state == "released"
    assert uses(student) == Uses(2, 0)


def test_withdraw_and_retry_in_a_loop_frees_nothing(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin, limit=1)
    first = shop.create_order(student, coupon=CODE)["order_id"]
    for _ in range(5):
        shop.withdraw(student)
        assert uses(student) == Uses(0, 1)
        shop.clock.advance(minutes=1)
        assert shop.create_order(student, coupon=CODE)["order_id"] == first
    assert uses(student) == Uses(0, 1)


def test_withdraw_enroll_and_order_resumes_the_order_with_its_coupon(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin, limit=1)
    first = shop.create_order(student, coupon=CODE)["order_id"]
    shop.withdraw(student)
    assert shop.enroll(student).status == 201
    assert shop.enrollment(student).order_id == first
    assert shop.create_order(student, coupon=CODE)["order_id"] == first


def test_new_order_after_the_window_takes_the_claim_over(shop: Storefront, student: Api, admin: Api) -> None:
    """No sweep has run: the old order is still pending, and has the last use."""
    put_coupon(admin, limit=1)
    orders = []
    for _ in range(4):
        orders.append(shop.create_order(student, coupon=CODE)["order_id"])
        assert uses(student) == Uses(0, 1)
        shop.withdraw(student)
        shop.clock.advance(minutes=31)
    states = [shop.payment(order_id).coupon_state for order_id in orders]
    assert states == ["released", "released", "released", "claimed"]
    shop.sweep()
    assert uses(student) == Uses(1, 0)


def test_superseded_order_paid_late_and_the_new_one_expired_count_once(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin, limit=1)
    first = shop.create_order(student, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=31)
    second = shop.create_order(student, coupon=CODE)["order_id"]
    shop.pay(first)
    shop.deliver()
    assert uses(student) == Uses(0, 2, late=1)
    shop.clock.advance(minutes=31)
    shop.sweep()
    assert (shop.payment(first).coupon_state, shop.payment(second).coupon_state) == ("redeemed_late", "released")
    assert uses(student) == Uses(1, 1, late=1)


def test_coupon_without_limit_is_only_checked_by_claims(shop: Storefront, student: Api, admin: Api) -> None:
    before = put_coupon(admin, limit=None)
    buy(shop, student, coupon=CODE)
    assert stored_coupon().attribute_values == before.attribute_values
    assert uses(student) == Uses(None, 1)


@pytest.mark.parametrize(
    ("terms", "code", "error", "status"),
    [
        ({}, "UNKNOWN", "coupon_not_found", 404),
        ({}, "no such code", "coupon_invalid", 422),
        ({}, "", "coupon_invalid", 422),
        ({"valid_until": "2026-11-23T12:00:00Z"}, CODE, "coupon_expired", 409),
        ({"valid_from": "2026-11-23T12:00:00.001Z"}, CODE, "coupon_not_active_yet", 409),
        ({"courses": ["crs_01JAAAAAAAAAAAAAAAAAAAAAAA"]}, CODE, "coupon_not_for_course", 409),
        ({"minimum": PRICE + 1}, CODE, "coupon_below_minimum", 409),
        ({"discount_kind": "amount", "value": PRICE - 99}, CODE, "amount_below_minimum", 409),
    ],
)
def test_create_order_coupon_that_does_not_apply_changes_nothing(
    shop: Storefront, student: Api, admin: Api, terms: dict[str, Any], code: str, error: str, status: int
) -> None:
    put_coupon(admin, **terms)
    reply = shop.request_order(student, coupon=code)
    assert (reply.status, reply.code) == (status, error)
    assert shop.gateway_order_ids() == []
    assert uses(student) == Uses(2, 0)
    assert payments.list_by_user(student.user_id, 10, None).items == []


def test_create_order_inactive_coupon_is_expired(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    admin.patch(f"/api/coupons/{CODE}", {"active": False})
    assert shop.request_order(student, coupon=CODE).code == "coupon_expired"


def test_open_order_keeps_its_price_after_the_coupon_ended(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin)
    first = shop.create_order(student, coupon=CODE)["order_id"]
    admin.patch(f"/api/coupons/{CODE}", {"active": False})
    assert shop.create_order(student, coupon=CODE)["order_id"] == first


def test_create_order_at_the_bounds_of_window_minimum_and_courses_is_accepted(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(
        admin,
        valid_from="2026-11-23T12:00:00Z",
        valid_until="2026-11-23T12:00:00.001Z",
        minimum=PRICE,
        courses=[shop.course.course_id],
        discount_kind="amount",
        value=PRICE - 100,
    )
    assert shop.create_order(student, coupon=CODE)["amount"] == 100


def test_create_order_exhausted_and_used_coupon_are_told_apart(
    shop: Storefront, student: Api, other_student: Api, admin: Api, instructor: Api
) -> None:
    put_coupon(admin, limit=1)
    other_course = put_published_course(instructor.user_id).course_id
    shop.create_order(student, coupon=CODE)
    assert shop.request_order(other_student, coupon=CODE).code == "coupon_exhausted"
    assert shop.request_order(student, other_course, coupon=CODE).code == "coupon_used"


class TestFirstPurchase:
    def test_first_purchase_coupon_is_for_a_learner_without_a_paid_course(
        self, shop: Storefront, student: Api, admin: Api, instructor: Api
    ) -> None:
        put_coupon(admin, first_purchase=True)
        buy(shop, student)
        other_course = put_published_course(instructor.user_id).course_id
        assert shop.request_order(student, other_course, coupon=CODE).code == "coupon_first_purchase_only"

    def test_first_purchase_two_open_orders_never_have_a_claim_each(
        self, shop: Storefront, student: Api, admin: Api, instructor: Api
    ) -> None:
        put_coupon(admin, first_purchase=True)
        put_coupon(admin, code="WELCOME", first_purchase=True)
        other_course = put_published_course(instructor.user_id).course_id
        shop.create_order(student, coupon=CODE)
        assert shop.request_order(student, other_course, coupon="WELCOME").code == "coupon_first_purchase_only"
        assert shop.create_order(student, coupon="WELCOME")["coupon"] == "WELCOME"
        assert (uses(student), uses(student, "WELCOME")) == (Uses(1, 1), Uses(1, 1))

    def test_first_purchase_released_claim_may_be_replaced(
        self, shop: Storefront, student: Api, admin: Api, instructor: Api
    ) -> None:
        put_coupon(admin, first_purchase=True)
        shop.create_order(student, coupon=CODE)
        shop.clock.advance(minutes=30)
        shop.sweep()
        other_course = put_published_course(instructor.user_id).course_id
        assert shop.create_order(student, other_course, coupon=CODE)["amount"] == DISCOUNTED


class TestFreeActivation:
    def test_coupon_of_100_percent_activates_without_an_order(self, shop: Storefront, student: Api, admin: Api) -> None:
        put_coupon(admin, value=100)
        reply = shop.request_order(student, coupon=CODE)
        assert (reply.status, reply.json) == (
            200,
            {
                "status": "active",
                "order_id": None,
                "amount": 0,
                "list_amount": PRICE,
                "discount": PRICE,
                "coupon": CODE,
                "currency": "INR",
                "course_id": shop.course.course_id,
            },
        )
        assert shop.gateway_order_ids() == []
        enrollment = shop.enrollment(student)
        assert (enrollment.status, enrollment.granted_by, enrollment.coupon_code) == ("active", "free", CODE)
        assert uses(student) == Uses(1, 1)
        timeline = student.get(f"/api/enrollments/{shop.course.course_id}/timeline").json["items"]
        assert [(each["kind"], each["status"]) for each in timeline] == [("coupon_redeemed", "active")]
        assert shop.request_order(student, coupon=CODE).code == "enrollment_already_active"

    def test_free_activation_supersedes_the_open_order_and_takes_its_claim(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        put_coupon(admin, limit=1)
        order_id = shop.create_order(student, coupon=CODE)["order_id"]
        admin.patch(f"/api/coupons/{CODE}", {"value": 100})
        assert shop.request_order(student, coupon=CODE).json["status"] == "active"
        assert (shop.payment(order_id).reason, shop.payment(order_id).coupon_state) == ("superseded", "released")
        assert uses(student) == Uses(0, 1)

    def test_withdrawing_from_a_free_activation_gives_nothing_back(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        put_coupon(admin, discount_kind="amount", value=PRICE)
        shop.request_order(student, coupon=CODE)
        shop.withdraw(student)
        assert shop.request_order(student, coupon=CODE).code == "coupon_used"
        assert uses(student) == Uses(1, 1)


def test_payment_without_coupon_has_none_of_its_attributes(shop: Storefront, student: Api) -> None:
    payment: Payment = shop.payment(shop.create_order(student)["order_id"])
    names = ("coupon_code", "coupon_state", "coupon_limited", "list_amount", "discount")
    assert [getattr(payment, name) for name in names] == [None] * 5
