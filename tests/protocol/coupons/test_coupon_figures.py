"""What each coupon sold: counted once from orders and uses, recounted, and rebuilt."""

from collections.abc import Callable

import pytest
from pynamodb.expressions.operand import Path

from functions.dashboards import read_model_rebuild
from functions.dashboards.recount import compare
from shared.db.entities import Coupon, CouponCounters, Payment
from shared.db.read_models import coupon_figures
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, put_published_course
from tests.protocol.coupons.coupon_actions import CODE, DISCOUNTED, buy, put_coupon

Project = Callable[[], int]
FIGURES = ("redeemed", "redeemed_late", "free_activations", "discount_given", "revenue", "refunded")
DISCOUNT = PRICE - DISCOUNTED


def figures(admin: Api, code: str = CODE) -> tuple[int, ...]:
    """The same in the list and of the coupon alone."""
    [listed] = [each for each in admin.get("/api/coupons").json["items"] if each["code"] == code]
    alone = admin.get(f"/api/coupons/{code}").json
    assert alone == listed
    return tuple(alone[name] for name in FIGURES)


@pytest.fixture
def late_order(shop: Storefront, new_user: Callable[..., Api], admin: Api) -> str:
    put_coupon(admin)
    order_id: str = shop.create_order(new_user("student"), coupon=CODE)["order_id"]
    shop.clock.advance(minutes=30)
    shop.sweep()
    shop.pay(order_id)
    shop.deliver()
    assert shop.payment(order_id).coupon_state == "redeemed_late"
    return order_id


def test_figures_count_orders_in_time_and_late_with_their_money(
    shop: Storefront, student: Api, admin: Api, late_order: str, project: Project
) -> None:
    order_id = buy(shop, student, coupon=CODE)
    project()
    assert figures(admin) == (1, 1, 0, 2 * DISCOUNT, 2 * DISCOUNTED, 0)
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    shop.clock.advance(hours=1)
    shop.sweep()
    project()
    assert figures(admin) == (1, 1, 0, 2 * DISCOUNT, 2 * DISCOUNTED, DISCOUNTED)
    report = compare.compare_counters()
    assert report.is_equal, str(report)


def test_figures_leave_out_open_expired_and_duplicate_orders(
    shop: Storefront, student: Api, new_user: Callable[..., Api], admin: Api, project: Project
) -> None:
    put_coupon(admin, limit=9)
    first = shop.create_order(student)["order_id"]
    second = shop.create_order(student, coupon=CODE)["order_id"]
    for order_id in (first, second):
        shop.pay(order_id)
        shop.deliver()
    assert (shop.payment(second).status, shop.payment(second).captured_amount) == ("refund_pending", DISCOUNTED)
    shop.create_order(new_user("student"), coupon=CODE)
    shop.clock.advance(minutes=31)
    shop.sweep()
    shop.create_order(new_user("student"), coupon=CODE)
    project()
    assert figures(admin) == (0, 0, 0, 0, 0, 0)
    assert compare.compare_counters().is_equal


def test_figures_count_a_free_activation_without_an_order(
    shop: Storefront, student: Api, new_user: Callable[..., Api], admin: Api, project: Project
) -> None:
    put_coupon(admin, code="FREE", value=100, per_learner=2)
    assert shop.request_order(student, coupon="FREE").json["status"] == "active"
    project()
    assert figures(admin, "FREE") == (0, 0, 1, PRICE, 0, 0)
    report = compare.compare_counters()
    assert report.is_equal, str(report)


def test_figures_count_the_part_of_the_coupon_in_a_sale(
    shop: Storefront, student: Api, instructor: Api, admin: Api, project: Project
) -> None:
    """10 % of the sale price of 199.00; the sale takes 300.00 off the list price."""
    course_id = put_published_course(instructor.user_id).course_id
    sale = {"amount": 19_900, "from": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z"}
    assert instructor.put(f"/api/courses/{course_id}", {"sale": sale}).status == 200
    put_coupon(admin, value=10)
    order_id = buy(shop, student, course_id, coupon=CODE)
    stored = shop.payment(order_id)
    assert (stored.amount, stored.discount, stored.coupon_discount) == (17_910, PRICE - 17_910, 1_990)
    project()
    assert figures(admin) == (1, 0, 0, 1_990, 17_910, 0)
    assert compare.compare_counters().is_equal


def test_figures_of_an_order_of_an_earlier_version_count_its_whole_discount(
    shop: Storefront, student: Api, admin: Api, project: Project
) -> None:
    put_coupon(admin)
    order_id = buy(shop, student, coupon=CODE)
    store.update(Payment, keys.payment(order_id), [Payment.coupon_discount.remove()], None)
    project()
    assert figures(admin) == (1, 0, 0, DISCOUNT, DISCOUNTED, 0)
    assert compare.compare_counters().is_equal


@pytest.mark.parametrize(
    ("counter", "stored", "found"),
    [
        ("redeemed", 1, "orders paid in time"),
        ("free", 0, "free activations"),
        ("free_discount", 0, "discount of free activations"),
        ("gross_INR", 2 * DISCOUNTED, "gross INR"),
        ("refunded_INR", 0, "refunded INR"),
        ("discount_INR", 2 * DISCOUNT, "discount INR"),
    ],
)
def test_wrong_figure_is_found_by_a_recount_and_mended_by_a_rebuild(
    shop: Storefront, student: Api, late_order: str, project: Project, counter: str, stored: int, found: str
) -> None:
    buy(shop, student, coupon=CODE)
    project()
    store.update(CouponCounters, keys.coupon_counters(CODE), [Path(counter).add(7)], None)
    differences = [tuple(each) for each in compare.compare_counters().differences]
    assert differences == [(f"coupon {CODE}: {found}", stored + 7, stored)]
    read_model_rebuild.rebuild_read_models(lambda *_: None, wait_seconds=0)
    assert compare.compare_counters().is_equal


def test_rebuild_counts_what_was_sold_before_the_upgrade(
    shop: Storefront, student: Api, admin: Api, late_order: str
) -> None:
    buy(shop, student, coupon=CODE)
    assert coupon_figures.figures_of([CODE]) == {}
    read_model_rebuild.rebuild_read_models(lambda *_: None, wait_seconds=0)
    assert figures(admin) == (1, 1, 0, 2 * DISCOUNT, 2 * DISCOUNTED, 0)


def test_wrong_number_of_late_orders_is_found_by_a_recount(late_order: str, project: Project) -> None:
    project()
    store.update(Coupon, keys.coupon(CODE), [Coupon.redeemed_late.add(1)], None)
    differences = [tuple(each) for each in compare.compare_counters().differences]
    assert differences == [(f"coupon {CODE}: orders paid late", 2, 1)]
