"""A coupon for first purchases: what the decision has read must still be so when the claim is written."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.payments.checkout import orders, pricing
from shared.db.payments.coupon_claims import CouponClaim
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront, put_published_course
from tests.protocol.coupons.coupon_actions import CODE, Uses, buy, put_coupon, uses

pytestmark = pytest.mark.usefixtures("shop")


def before_next_order(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> None:
    """Runs `action` once, after the next create-order has decided and before it writes."""
    original = razorpay.create_order
    done: list[int] = []

    def create_order(*arguments: Any) -> Any:
        if not done:
            done.append(1)
            action()
        return original(*arguments)

    monkeypatch.setattr(razorpay, "create_order", create_order)


@pytest.fixture
def other_course(instructor: Api) -> str:
    return put_published_course(instructor.user_id).course_id


def test_other_course_ordered_with_the_coupon_meanwhile_refuses_the_claim(
    shop: Storefront, student: Api, admin: Api, other_course: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_coupon(admin, first_purchase=True, per_learner=10)
    before_next_order(monkeypatch, lambda: shop.create_order(student, other_course, coupon=CODE))
    assert shop.request_order(student, coupon=CODE).code == "coupon_first_purchase_only"
    assert uses(student) == Uses(1, 1)


def test_other_course_paid_meanwhile_refuses_the_claim(
    shop: Storefront, student: Api, admin: Api, other_course: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_coupon(admin, first_purchase=True)
    order_id = shop.create_order(student, other_course)["order_id"]

    def pay() -> None:
        shop.pay(order_id)
        shop.deliver()

    before_next_order(monkeypatch, pay)
    assert shop.request_order(student, coupon=CODE).code == "coupon_first_purchase_only"
    assert uses(student) == Uses(2, 0)


def test_expired_order_with_the_coupon_paid_meanwhile_refuses_the_claim(
    shop: Storefront, student: Api, admin: Api, other_course: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_coupon(admin, first_purchase=True, per_learner=10)
    late = shop.create_order(student, other_course, coupon=CODE)["order_id"]
    shop.clock.advance(minutes=31)
    shop.sweep()

    def pay() -> None:
        shop.pay(late)
        shop.deliver()

    before_next_order(monkeypatch, pay)
    assert shop.request_order(student, coupon=CODE).code == "coupon_first_purchase_only"
    assert uses(student) == Uses(2, 1, late=1)


def test_other_order_of_the_course_may_claim_another_coupon_for_first_purchases(
    shop: Storefront, student: Api, admin: Api, other_course: str
) -> None:
    """Both orders are for one course, so at most one of them is kept."""
    put_coupon(admin, first_purchase=True)
    put_coupon(admin, code="WELCOME", first_purchase=True)
    shop.create_order(student, coupon=CODE)
    shop.create_order(student)
    assert shop.create_order(student, coupon="WELCOME")["coupon"] == "WELCOME"
    assert shop.request_order(student, other_course, coupon=CODE).code in ("coupon_used", "coupon_first_purchase_only")


def test_many_pending_enrollments_the_newest_fifty_are_checked(
    shop: Storefront, student: Api, admin: Api, instructor: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_coupon(admin, first_purchase=True)
    for _ in range(52):
        shop.create_order(student, put_published_course(instructor.user_id).course_id)
    claims: list[CouponClaim | None] = []
    original = pricing.claim_coupon

    def claim_coupon(*arguments: Any) -> CouponClaim | None:
        claims.append(original(*arguments))
        return claims[-1]

    monkeypatch.setattr(orders, "claim_coupon", claim_coupon)
    shop.create_order(student, coupon=CODE)
    [claim] = claims
    assert claim
    assert claim.first_purchase
    assert len(claim.first_purchase.unpaid) == 50


def test_bought_with_a_purchase_before_is_refused(
    shop: Storefront, student: Api, admin: Api, other_course: str
) -> None:
    put_coupon(admin, first_purchase=True)
    buy(shop, student)
    assert shop.request_order(student, other_course, coupon=CODE).code == "coupon_first_purchase_only"
