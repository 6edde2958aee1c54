"""Dashboards count discounts: list price less price, with the capture; recount and rebuild agree."""

from collections.abc import Callable
from typing import Any

import pytest
from pynamodb.expressions.operand import Path

from functions.dashboards import read_model_rebuild
from functions.dashboards.recount import compare
from shared.db.entities import RevenuePeriod
from shared.db.table import keys, store
from shared.domain.lifecycle import Role
from tests.conftest import LONG_LIVED_CLAIMS
from tests.fixtures.api import Api
from tests.fixtures.jwt_keys import access_token
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.coupons.coupon_actions import CODE, DISCOUNTED, buy, put_coupon

Project = Callable[[], int]
DISCOUNT = PRICE - DISCOUNTED
FIELDS = ("gross", "refunded", "net", "discount")


def inr(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "INR"}


def amounts(row: dict[str, Any]) -> tuple[int, ...]:
    """gross, refunded, net and discount in paise, of a row with one currency."""
    values = [row[name][0] if isinstance(row[name], list) else row[name] for name in FIELDS]
    return tuple(each["amount"] for each in values)


def instructor_of(shop: Storefront) -> Api:
    instructor_id = shop.course.instructor_id
    return Api(access_token(instructor_id, Role.INSTRUCTOR, name="Asha Rao", **LONG_LIVED_CLAIMS), instructor_id)


@pytest.fixture
def refunded_sale(shop: Storefront, student: Api, new_user: Callable[..., Api], admin: Api, project: Project) -> str:
    """An order with a coupon on 23 November, refunded on the 24th; another learner bought at the list price,
    and a third has an open order with the coupon. Returns the first order."""
    put_coupon(admin, limit=9)
    order_id = buy(shop, student, coupon=CODE)
    buy(shop, new_user("student"))
    shop.clock.advance(days=1)
    shop.create_order(new_user("student"), coupon=CODE)
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    shop.clock.advance(hours=1)
    shop.sweep()
    assert shop.payment(order_id).refunded_amount == DISCOUNTED
    project()
    return order_id


def test_discount_counts_with_the_capture_and_a_refund_leaves_it(
    shop: Storefront, admin: Api, refunded_sale: str
) -> None:
    gross, net = DISCOUNTED + PRICE, PRICE
    whole = (gross, DISCOUNTED, net, DISCOUNT)
    revenue = admin.get("/api/dashboard/admin").json["revenue"]
    assert amounts(revenue) == whole
    assert {row["month"]: amounts(row) for row in revenue["by_month"]} == {"2026-11": whole}
    days = {row["period"]: amounts(row) for row in revenue["by_day"]}
    assert days == {"2026-11-23": (gross, 0, gross, DISCOUNT), "2026-11-24": (0, DISCOUNTED, -DISCOUNTED, 0)}
    assert [amounts(row) for row in revenue["by_course"] + revenue["by_instructor"]] == [whole, whole]
    instructor = instructor_of(shop)
    shown = instructor.get("/api/dashboard/instructor").json
    assert (shown["revenue"], shown["discount"]) == ([inr(net)], [inr(DISCOUNT)])
    course = instructor.get(f"/api/dashboard/instructor/courses/{shop.course.course_id}").json
    assert course["discount"] == [inr(DISCOUNT)]
    for days_of in (shown["days"], course["days"]):
        assert [day["discount"] for day in days_of[-2:]] == [[inr(DISCOUNT)], [inr(0)]]
    csv = instructor.get("/api/dashboard/instructor/courses.csv").text.splitlines()
    assert (csv[0].split(",")[-1], csv[1].split(",")[-1]) == ("discount", str(DISCOUNT))


def test_discount_before_the_capture_is_not_counted(
    shop: Storefront, student: Api, admin: Api, project: Project
) -> None:
    put_coupon(admin)
    shop.create_order(student, coupon=CODE)
    project()
    assert admin.get("/api/dashboard/admin").json["revenue"]["discount"] == []


def test_wrong_discount_is_found_by_a_recount_and_mended_by_a_rebuild(refunded_sale: str) -> None:
    assert compare.compare_counters().is_equal
    month = keys.revenue_month("2026-11")
    store.update(RevenuePeriod, month, [Path("discount_INR").add(1)], None)
    differences = compare.compare_counters().differences
    assert [tuple(each) for each in differences] == [("platform in 2026-11: discount INR", DISCOUNT + 1, DISCOUNT)]
    read_model_rebuild.rebuild_read_models(lambda *_: None, wait_seconds=0)
    assert compare.compare_counters().is_equal


def test_rebuild_counts_the_discounts_of_payments_that_an_earlier_version_counted(refunded_sale: str) -> None:
    """Its counters and checkpoints have no discounts."""
    for item in (keys.revenue_month("2026-11"), keys.revenue_day("2026-11-23")):
        store.update(RevenuePeriod, item, [Path("discount_INR").remove()], None)
    read_model_rebuild.rebuild_read_models(lambda *_: None, wait_seconds=0)
    assert compare.compare_counters().is_equal
