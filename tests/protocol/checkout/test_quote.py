"""The price before the order: the one that create-order would ask, with the same refusals, and without any effect."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import PRICE, Storefront, put_published_course
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.coupons.coupon_actions import CODE, DISCOUNTED, Uses, buy, put_coupon, uses

SALE = {"amount": 40_000, "from": "2026-11-23T11:00:00Z", "until": "2026-11-23T13:00:00Z"}


def quoted(shop: Storefront, learner: Api, course_id: str = "", **fields: Any) -> Reply:
    """The reply, after a check that it has changed nothing."""
    before = snapshot()
    reply = learner.post("/api/payments/quote", {"course_id": course_id or shop.course.course_id, **fields})
    assert snapshot() == before
    return reply


def test_quote_without_coupon_is_the_list_price(shop: Storefront, student: Api, gateway_calls: list[str]) -> None:
    reply = quoted(shop, student)
    assert (reply.status, reply.json) == (
        200,
        {
            "course_id": shop.course.course_id,
            "amount": PRICE,
            "price": PRICE,
            "list_amount": PRICE,
            "discount": 0,
            "coupon": None,
            "currency": "INR",
        },
    )
    assert gateway_calls == []


def test_quote_with_sale_and_coupon_is_the_amount_of_the_next_order(
    shop: Storefront, student: Api, instructor: Api, admin: Api
) -> None:
    course_id = put_published_course(instructor.user_id).course_id
    instructor.put(f"/api/courses/{course_id}", {"sale": SALE})
    put_coupon(admin, limit=1)
    reply = quoted(shop, student, course_id, coupon=" diwali-25 ")
    names = ("amount", "price", "list_amount", "discount", "coupon")
    assert [reply.json[name] for name in names] == [30_000, 40_000, PRICE, 19_900, CODE]
    order = shop.create_order(student, course_id, coupon=CODE)
    assert (order["amount"], order["list_amount"], order["discount"]) == (30_000, PRICE, 19_900)


def test_quote_of_a_coupon_for_the_whole_price_is_0(shop: Storefront, student: Api, admin: Api) -> None:
    put_coupon(admin, value=100)
    assert quoted(shop, student, coupon=CODE).json["amount"] == 0
    assert student.get(f"/api/enrollments/{shop.course.course_id}").status == 404


@pytest.mark.parametrize(
    ("terms", "status", "code"),
    [
        ({"code": "OTHER"}, 404, "coupon_not_found"),
        ({"valid_from": "2026-11-24T00:00:00Z"}, 409, "coupon_not_active_yet"),
        ({"valid_until": "2026-11-23T12:00:00Z"}, 409, "coupon_expired"),
        ({"courses": ["crs_01JAAAAAAAAAAAAAAAAAAAAAAA"]}, 409, "coupon_not_for_course"),
        ({"minimum": PRICE + 1}, 409, "coupon_below_minimum"),
        ({"discount_kind": "amount", "value": PRICE - 99}, 409, "amount_below_minimum"),
    ],
)
def test_quote_with_a_refused_coupon_has_the_code_of_create_order(
    shop: Storefront, student: Api, admin: Api, terms: dict[str, Any], status: int, code: str
) -> None:
    put_coupon(admin, **terms)
    reply = quoted(shop, student, coupon=CODE)
    assert (reply.status, reply.code) == (status, code)
    assert shop.request_order(student, coupon=CODE).code == code


def test_quote_with_a_used_or_exhausted_coupon_is_refused(
    shop: Storefront, student: Api, instructor: Api, admin: Api, new_user: Callable[..., Api]
) -> None:
    put_coupon(admin, limit=1)
    buy(shop, student, coupon=CODE)
    other_course = put_published_course(instructor.user_id).course_id
    assert quoted(shop, student, other_course, coupon=CODE).code == "coupon_used"
    assert quoted(shop, new_user("student"), coupon=CODE).code == "coupon_exhausted"


def test_quote_of_a_coupon_for_first_purchases_is_refused_after_one(
    shop: Storefront, student: Api, instructor: Api, admin: Api
) -> None:
    put_coupon(admin, first_purchase=True)
    buy(shop, student)
    other_course = put_published_course(instructor.user_id).course_id
    assert quoted(shop, student, other_course, coupon=CODE).code == "coupon_first_purchase_only"


@pytest.mark.parametrize("withdrawn", [False, True])
def test_quote_of_the_open_order_keeps_its_coupon_after_the_coupon_ended(
    shop: Storefront, student: Api, admin: Api, withdrawn: bool
) -> None:
    put_coupon(admin, limit=1)
    order = shop.create_order(student, coupon=CODE)
    assert student.get(f"/api/enrollments/{shop.course.course_id}").json["coupon"] == CODE
    if withdrawn:
        shop.withdraw(student)
        assert student.get(f"/api/enrollments/{shop.course.course_id}").json["coupon"] is None
    admin.patch(f"/api/coupons/{CODE}", {"active": False})
    assert quoted(shop, student, coupon=CODE).json["amount"] == DISCOUNTED
    assert shop.create_order(student, coupon=CODE)["order_id"] == order["order_id"]


def test_quote_of_a_changed_coupon_counts_the_claim_of_the_own_order(
    shop: Storefront, student: Api, admin: Api
) -> None:
    put_coupon(admin, limit=1)
    shop.create_order(student, coupon=CODE)
    admin.patch(f"/api/coupons/{CODE}", {"value": 50})
    assert quoted(shop, student, coupon=CODE).json["amount"] == PRICE // 2
    assert uses(student) == Uses(0, 1)


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"coupon": "A B"}, 422, "coupon_invalid"),
        ({"coupon": "A" * 65}, 422, "invalid"),
        ({"amount": 1}, 422, "invalid"),
        ({"course_id": "crs_01JAAAAAAAAAAAAAAAAAAAAAAA"}, 404, "course_not_found"),
    ],
)
def test_quote_of_a_bad_request_is_refused(
    shop: Storefront, student: Api, fields: dict[str, Any], status: int, code: str
) -> None:
    reply = student.post("/api/payments/quote", {"course_id": shop.course.course_id, **fields})
    assert (reply.status, reply.code) == (status, code)


def test_quote_of_a_free_or_owned_course_is_refused(shop: Storefront, student: Api, instructor: Api) -> None:
    free = put_published_course(instructor.user_id, amount=0).course_id
    assert quoted(shop, student, free).code == "course_free"
    buy(shop, student)
    assert quoted(shop, student).code == "enrollment_already_active"


def test_quote_while_a_payment_is_on_hold_is_refused(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, amount=PRICE - 100)
    shop.deliver()
    assert (quoted(shop, student).status, quoted(shop, student).code) == (409, "payment_on_hold")
