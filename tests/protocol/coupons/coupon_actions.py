"""Coupons and their uses, for the tests of claims."""

from typing import Any, NamedTuple

from shared.db.entities import Coupon, CouponUse
from shared.db.payments import coupons
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import Storefront

CODE = "DIWALI-25"
DISCOUNTED = 37_425
"""The price of 49,900 less 25 %."""


class Uses(NamedTuple):
    """Of a coupon: what is left for all, what one learner used, and how many orders were paid late."""

    remaining: int | None
    learner: int
    late: int = 0


def put_coupon(admin: Api, **terms: Any) -> Coupon:
    """Creates a coupon. `courses` are stored as they are: they may have been deleted since."""
    courses = terms.pop("courses", None)
    body = {"code": CODE, "discount_kind": "percent", "value": 25, "limit": 2, **terms}
    reply = admin.post("/api/coupons", {name: value for name, value in body.items() if value is not None})
    assert reply.status == 201, reply.text
    if courses:
        tamper(stored_coupon(body["code"]), courses=courses)
    return stored_coupon(body["code"])


def stored_coupon(code: str = CODE) -> Coupon:
    coupon = coupons.get(code)
    assert coupon
    return coupon


def uses(learner: Api, code: str = CODE) -> Uses:
    coupon, use = stored_coupon(code), store.get(CouponUse, keys.coupon_use(code, learner.user_id))
    return Uses(coupon.remaining, use.uses if use else 0, coupon.redeemed_late)


def buy(shop: Storefront, learner: Api, course_id: str = "", **fields: Any) -> str:
    """The order of a paid and captured purchase."""
    order_id: str = shop.create_order(learner, course_id, **fields)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    return order_id
