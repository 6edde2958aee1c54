"""A scheduled sale price counts from its beginning until its end, everywhere the price counts, without a job."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.db.courses import courses
from shared.db.entities import Course
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import PRICE, Storefront, put_published_course

SALE = {"amount": 19_900, "from": "2026-11-23T12:10:00Z", "until": "2026-11-23T12:20:00+00:00"}


@pytest.fixture
def course_id(shop: Storefront, instructor: Api) -> str:
    course_id: str = put_published_course(instructor.user_id).course_id
    return course_id


def set_sale(instructor: Api, course_id: str, sale: Any = SALE, **changes: Any) -> Any:
    return instructor.put(f"/api/courses/{course_id}", {"sale": sale, **changes})


def price(shop: Storefront, course_id: str) -> int:
    amount: int = Api().get(f"/api/courses/{course_id}").json["price"]["amount"]
    return amount


def test_sale_price_counts_from_its_beginning_to_its_end(
    shop: Storefront, instructor: Api, new_user: Callable[..., Api], course_id: str
) -> None:
    stored = set_sale(instructor, course_id)
    shown = {"amount": 19_900, "from": "2026-11-23T12:10:00.000Z", "until": "2026-11-23T12:20:00.000Z"}
    assert (stored.status, stored.json["price"]["amount"], stored.json["sale"]) == (200, PRICE, shown)
    for minutes, amount, sale in ((10, 19_900, shown), (9, 19_900, shown), (1, PRICE, None)):
        shop.clock.advance(minutes=minutes)
        page = Api().get(f"/api/courses/{course_id}").json
        assert (page["price"]["amount"], page["list_price"]["amount"], page["sale"]) == (amount, PRICE, sale)
        order = shop.create_order(new_user("student"), course_id)
        assert (order["amount"], order["list_amount"], order["discount"]) == (amount, PRICE, PRICE - amount)


def test_entity_tag_changes_when_the_sale_begins_and_ends(shop: Storefront, instructor: Api, course_id: str) -> None:
    before = set_sale(instructor, course_id).headers["ETag"]
    tags = [before]
    for minutes in (10, 10):
        shop.clock.advance(minutes=minutes)
        reply = Api().get(f"/api/courses/{course_id}", headers={"If-None-Match": tags[-1]})
        assert reply.status == 200
        tags.append(reply.headers["ETag"])
    assert [tag.split('"')[1] for tag in tags] == ["2.1.0.s1", "2.1.0.s2", "2.1.0"]
    unchanged = instructor.put(f"/api/courses/{course_id}", {"title": "Ragas"}, headers={"If-Match": tags[1]})
    assert unchanged.status == 200


def test_order_of_the_sale_is_superseded_at_the_list_price_after_it(
    shop: Storefront, student: Api, instructor: Api, course_id: str
) -> None:
    set_sale(instructor, course_id)
    shop.clock.advance(minutes=15)
    first = shop.create_order(student, course_id)
    assert shop.create_order(student, course_id)["order_id"] == first["order_id"]
    shop.clock.advance(minutes=5)
    second = shop.create_order(student, course_id)
    assert (first["amount"], second["amount"]) == (19_900, PRICE)
    assert shop.payment(first["order_id"]).reason == "superseded"
    shop.pay(first["order_id"])
    shop.deliver()
    payment = shop.payment(first["order_id"])
    assert (payment.status, payment.captured_amount, payment.discount) == ("captured", 19_900, 30_000)


def test_coupon_applies_to_the_sale_price(
    shop: Storefront, student: Api, instructor: Api, admin: Api, course_id: str
) -> None:
    set_sale(instructor, course_id)
    coupon = {"code": "TEN", "discount_kind": "percent", "value": 10, "minimum": 19_901}
    admin.post("/api/coupons", coupon)
    shop.clock.advance(minutes=10)
    assert shop.request_order(student, course_id, coupon="TEN").code == "coupon_below_minimum"
    admin.patch("/api/coupons/TEN", {"minimum": None})
    order = shop.create_order(student, course_id, coupon="TEN")
    assert (order["amount"], order["list_amount"], order["discount"]) == (17_910, PRICE, PRICE - 17_910)


def test_sale_price_of_0_activates_without_an_order(
    shop: Storefront, student: Api, instructor: Api, course_id: str
) -> None:
    set_sale(instructor, course_id, SALE | {"amount": 0})
    shop.clock.advance(minutes=10)
    reply = shop.request_order(student, course_id)
    assert (reply.status, reply.json["status"], reply.json["order_id"]) == (200, "active", None)
    assert shop.enrollment(student, course_id).granted_by == "free"
    timeline = student.get(f"/api/enrollments/{course_id}/timeline").json["items"]
    assert [each["kind"] for each in timeline] == ["enrolled"]


def set_list_price(instructor: Api, course_id: str, amount: int, **changes: Any) -> Any:
    return instructor.put(f"/api/courses/{course_id}", {"price": {"amount": amount, "currency": "INR"}, **changes})


def stored_course(course_id: str) -> Course:
    stored = store.get(Course, keys.course(course_id))
    assert stored
    return stored


def test_sale_null_ends_it(shop: Storefront, instructor: Api, course_id: str) -> None:
    set_sale(instructor, course_id)
    assert set_sale(instructor, course_id, None).status == 200
    assert stored_course(course_id).sale is None


@pytest.mark.parametrize("lower", [10_000, 19_900])
def test_list_price_that_is_not_above_the_sale_price_ends_the_sale(
    shop: Storefront, instructor: Api, course_id: str, lower: int
) -> None:
    set_sale(instructor, course_id)
    shop.clock.advance(minutes=10)
    assert price(shop, course_id) == 19_900
    lowered = set_list_price(instructor, course_id, lower)
    assert (lowered.status, lowered.json["price"]["amount"], lowered.json["sale"]) == (200, lower, None)
    assert (stored_course(course_id).sale, stored_course(course_id).version) == (None, 3)
    raised = set_list_price(instructor, course_id, PRICE)
    assert (raised.json["price"]["amount"], raised.json["sale"]) == (PRICE, None)


def test_list_price_above_the_sale_price_keeps_the_sale(shop: Storefront, instructor: Api, course_id: str) -> None:
    set_sale(instructor, course_id)
    shop.clock.advance(minutes=10)
    lowered = set_list_price(instructor, course_id, 19_901)
    assert (lowered.json["price"]["amount"], lowered.json["list_price"]["amount"]) == (19_900, 19_901)
    assert lowered.json["sale"]["amount"] == 19_900


def test_sale_without_effect_of_an_earlier_version_does_not_return_with_a_higher_price(
    shop: Storefront, instructor: Api, course_id: str
) -> None:
    set_sale(instructor, course_id)
    tamper(stored_course(course_id), amount=10_000)
    raised = set_list_price(instructor, course_id, PRICE)
    assert (raised.json["sale"], stored_course(course_id).sale) == (None, None)


def test_sale_that_is_set_while_the_list_price_is_lowered_is_checked_against_the_lower_price(
    shop: Storefront, instructor: Api, course_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = courses.edit
    lowered: list[bool] = []

    def lower_the_price_first(*args: Any, **keywords: Any) -> Any:
        if not lowered:
            lowered.append(True)
            assert set_list_price(instructor, course_id, 15_000).status == 200
        return edit(*args, **keywords)

    monkeypatch.setattr(courses, "edit", lower_the_price_first)
    reply = set_sale(instructor, course_id)
    assert (reply.status, reply.code) == (422, "sale_not_below_price")
    assert (stored_course(course_id).sale, stored_course(course_id).amount) == (None, 15_000)


def test_list_price_lowered_while_a_sale_is_set_ends_that_sale(
    shop: Storefront, instructor: Api, course_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = courses.edit
    begun: list[bool] = []

    def set_the_sale_first(*args: Any, **keywords: Any) -> Any:
        if not begun:
            begun.append(True)
            assert set_sale(instructor, course_id).status == 200
        return edit(*args, **keywords)

    monkeypatch.setattr(courses, "edit", set_the_sale_first)
    assert set_list_price(instructor, course_id, 15_000).status == 200
    assert (stored_course(course_id).sale, stored_course(course_id).amount) == (None, 15_000)


def test_list_price_with_a_version_that_is_not_current_is_412_and_changes_nothing(
    shop: Storefront, instructor: Api, course_id: str
) -> None:
    tag = set_sale(instructor, course_id).headers["ETag"]
    assert instructor.put(f"/api/courses/{course_id}", {"title": "Ragas"}).status == 200
    body = {"price": {"amount": 10_000, "currency": "INR"}}
    reply = instructor.put(f"/api/courses/{course_id}", body, headers={"If-Match": tag})
    assert reply.status == 412
    stored = stored_course(course_id)
    assert (stored.amount, stored.sale_amount) == (PRICE, 19_900)


def test_catalogue_card_shows_the_price_of_the_moment_without_an_update(
    shop: Storefront, instructor: Api, course_id: str, project: Callable[[], int]
) -> None:
    set_sale(instructor, course_id)
    project()
    shown = []
    for minutes in (0, 10, 10):
        shop.clock.advance(minutes=minutes)
        (card,) = [each for each in Api().get("/api/courses").json["items"] if each["id"] == course_id]
        shown.append((card["price"]["amount"], card["list_price"]["amount"], card["sale"] is not None))
    assert shown == [(PRICE, PRICE, True), (19_900, PRICE, True), (PRICE, PRICE, False)]


@pytest.mark.parametrize(
    ("sale", "code"),
    [
        (SALE | {"amount": 99}, "invalid"),
        (SALE | {"amount": -1}, "invalid"),
        (SALE | {"until": "2026-11-23T12:10:00Z"}, "invalid"),
        (SALE | {"from": "2026-11-23T12:10:00"}, "invalid"),
        ({"amount": 19_900}, "invalid"),
        (SALE | {"amount": PRICE}, "sale_not_below_price"),
        (SALE | {"from": "2026-11-22T00:00:00Z", "until": "2026-11-23T11:59:59Z"}, "sale_ended"),
    ],
)
def test_sale_with_invalid_terms_changes_nothing(
    shop: Storefront, instructor: Api, course_id: str, sale: Any, code: str
) -> None:
    reply = set_sale(instructor, course_id, sale)
    assert (reply.status, reply.code) == (422, code)
    stored = store.get(Course, keys.course(course_id))
    assert stored
    assert (stored.sale, stored.version) == (None, 1)
