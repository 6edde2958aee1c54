"""The price of a course for a learner: list price, sale price, coupon; and the claim of a new order on its coupon.

Amounts are in minor units.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.payments.checkout.earlier_orders import EarlierOrders
from functions.payments.checkout.first_purchase import first_purchase_conditions
from functions.payments.coupons.coupon_errors import (
    CouponBelowMinimum,
    CouponExhausted,
    CouponExpired,
    CouponInvalid,
    CouponNotActiveYet,
    CouponNotForCourse,
    CouponNotFound,
    CouponUsed,
    readable,
)
from functions.payments.errors import AmountBelowMinimum
from shared.db.entities import Coupon, Course
from shared.db.payments import coupon_claims
from shared.db.payments.coupon_claims import CouponClaim
from shared.domain.coupons import CouponKind, discounted_amount, normalized_code
from shared.domain.prices import MIN_PAID_AMOUNT
from shared.enrollment_rules import Offer


@dataclass(frozen=True)
class Quote:
    """The price of `course` now. `price` is the sale price or the list price, `amount` the price after the coupon."""

    course: Course
    price: int
    amount: int
    coupon: Coupon | None

    @property
    def offer(self) -> Offer:
        return Offer(self.amount, self.course.currency, self.coupon.code if self.coupon else None)

    @property
    def discount(self) -> int:
        """What the sale and the coupon take off the list price."""
        return int(self.course.amount) - self.amount


def code_asked_for(coupon: str | None) -> str | None:
    """The normalized code of a request; None without one. Raises CouponInvalid."""
    if coupon is None:
        return None
    code = normalized_code(coupon)
    if code is None:
        raise CouponInvalid
    return code


def quote(course: Course, code: str | None, coupon: Coupon | None, now: datetime) -> Quote:
    """The price now; `coupon` is the stored coupon of the code. Whether the learner may claim it is not checked here.
    Raises CouponNotFound."""
    price = course.price_at(now)
    if code is None:
        return Quote(course, price, price, None)
    if coupon is None:
        raise CouponNotFound
    return Quote(course, price, discounted_amount(price, coupon.discount_kind, coupon.value), coupon)


def require_payable(quoted: Quote) -> None:
    """Raises AmountBelowMinimum for a price that is not 0, and that the gateway does not accept."""
    if quoted.discount and 0 < quoted.amount < MIN_PAID_AMOUNT:
        raise AmountBelowMinimum


def claim_coupon(quoted: Quote, user_id: str, earlier: EarlierOrders, now: datetime) -> CouponClaim | None:
    """The claim on the coupon of the quote, as far as reads can tell whether it is possible; None without a coupon. The
    order of the claim is not known yet. `earlier` are the learner's earlier orders for the course.

    Raises CouponNotActiveYet, CouponExpired, CouponNotForCourse, CouponBelowMinimum, CouponExhausted, CouponUsed,
    CouponFirstPurchaseOnly, CouponUnreadable, StoreUnavailable."""
    coupon = quoted.coupon
    if coupon is None:
        return None
    _require_valid_now(coupon, now)
    _require_for_course(coupon, quoted)
    with readable(coupon.code):
        records = coupon_claims.read_records(coupon.code, user_id)
    if earlier.claimant is None:
        if records.use and records.use.uses >= coupon.per_learner:
            raise CouponUsed
        if coupon.is_limited and coupon.remaining <= 0:
            raise CouponExhausted
    first = None
    if coupon.first_purchase:
        first = first_purchase_conditions(user_id, quoted.course.course_id, records.first_purchase, earlier)
    return CouponClaim(coupon, user_id, None, earlier.claimant, first, quoted.price - quoted.amount)


def price_attributes(quoted: Quote) -> dict[str, Any]:
    """The attributes of a new payment that say how its amount came about; none at the list price."""
    return {"list_amount": quoted.course.amount, "discount": quoted.discount} if quoted.discount else {}


def _require_valid_now(coupon: Coupon, now: datetime) -> None:
    """Also an order of the same learner that would take a claim over needs a valid coupon: its price is a new one."""
    if not coupon.active or (coupon.valid_until and now >= coupon.valid_until):
        raise CouponExpired
    if coupon.valid_from and now < coupon.valid_from:
        raise CouponNotActiveYet


def _require_for_course(coupon: Coupon, quoted: Quote) -> None:
    course = quoted.course
    if coupon.courses is not None and course.course_id not in coupon.courses:
        raise CouponNotForCourse
    if coupon.currency != course.currency and (coupon.minimum or coupon.discount_kind is CouponKind.AMOUNT):
        raise CouponNotForCourse
    if coupon.minimum and quoted.price < coupon.minimum:
        raise CouponBelowMinimum
