"""Errors of coupons. Each changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from shared.db.table.unreadable_items import READ_ERRORS
from shared.errors import Conflict, Invalid, NotFound
from shared.observability import logger


class CouponNotFound(NotFound):
    code = "coupon_not_found"
    title = "There is no such coupon"


class CouponUnreadable(Conflict):
    """A stored counter or term of the coupon, or of its use by the learner, has a value that nothing writes."""

    code = "coupon_unreadable"
    title = "The coupon cannot be read, and not be used until it is repaired"


class CouponInvalid(Invalid):
    code = "coupon_invalid"
    title = "A coupon code has 3 to 32 letters, digits and hyphens"


class CouponCourseUnknown(Invalid):
    code = "coupon_course_unknown"
    title = "A course of the coupon does not exist"


class CouponNotActiveYet(Conflict):
    code = "coupon_not_active_yet"
    title = "The coupon is not valid yet"


class CouponExpired(Conflict):
    code = "coupon_expired"
    title = "The coupon is no longer valid"


class CouponExhausted(Conflict):
    code = "coupon_exhausted"
    title = "The coupon has been used as often as it can be"


class CouponUsed(Conflict):
    code = "coupon_used"
    title = "You have used this coupon as often as one learner can"


class CouponNotForCourse(Conflict):
    code = "coupon_not_for_course"
    title = "The coupon is not for this course"


class CouponBelowMinimum(Conflict):
    code = "coupon_below_minimum"
    title = "The price of the course is below the minimum of the coupon"


class CouponFirstPurchaseOnly(Conflict):
    code = "coupon_first_purchase_only"
    title = "The coupon is for your first purchase only"


class CouponCodeTaken(Conflict):
    code = "coupon_code_taken"
    title = "There is a coupon with this code"


class CouponLimitBelowUse(Conflict):
    code = "coupon_limit_below_use"
    title = "The limit is below the number of uses that are taken"


class CouponBusy(Conflict):
    code = "coupon_busy"
    title = "The coupon keeps changing: try again"


CLAIM_ERRORS: Final = (
    CouponNotFound,
    CouponInvalid,
    CouponNotActiveYet,
    CouponExpired,
    CouponExhausted,
    CouponUsed,
    CouponNotForCourse,
    CouponBelowMinimum,
    CouponFirstPurchaseOnly,
    CouponUnreadable,
)
"""What create-order can answer about a coupon."""


@contextmanager
def readable(code: str | None) -> Iterator[None]:
    """Raises CouponUnreadable, which is logged, when the coupon that is read in the block cannot be read."""
    try:
        yield
    except READ_ERRORS as error:
        logger().exception("coupon unreadable", extra={"code": "item_unreadable", "coupon": code})
        raise CouponUnreadable from error
