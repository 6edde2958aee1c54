"""Coupons for first purchases: a learner has at most one claim on any of them, and none after a purchase."""

from typing import Final

from functions.payments.checkout.earlier_orders import EarlierOrders
from functions.payments.coupons.coupon_errors import CouponFirstPurchaseOnly
from shared.db.enrollments import enrollments
from shared.db.entities import FirstPurchase
from shared.db.payments import payments
from shared.db.payments.coupon_claims import FirstPurchaseCheck
from shared.domain.coupons import CouponState
from shared.domain.lifecycle import ADMIN_GRANT, FREE_GRANT

_MAX_CHECKED: Final = 50
"""Enrollments whose orders the transaction of a claim checks; a transaction has at most a hundred operations."""


def first_purchase_conditions(
    user_id: str, course_id: str, holder: FirstPurchase | None, earlier: EarlierOrders
) -> FirstPurchaseCheck:
    """What the transaction of the claim must find unchanged, so that the order is the learner's first purchase.
    `holder` names the order that claimed a coupon for first purchases last. Its claim was given back, or it is an
    earlier order for the same course: both are never kept.

    Raises CouponFirstPurchaseOnly when an order gave the learner access to a course, or another order has such a claim;
    StoreUnavailable."""
    owned = enrollments.list_of(user_id)
    if any(enrollment.granted_by not in (None, FREE_GRANT, ADMIN_GRANT) for enrollment in owned):
        raise CouponFirstPurchaseOnly
    waiting = [each for each in owned if each.order_id is not None and each.course_id != course_id]
    waiting.sort(key=lambda each: each.updated_at, reverse=True)
    unpaid = tuple(waiting[:_MAX_CHECKED])
    if holder is None or earlier.contains(holder.order_id):
        return FirstPurchaseCheck(holder, None, unpaid)
    payment = payments.get(holder.order_id)
    if payment is None:
        raise CouponFirstPurchaseOnly
    is_open_for_course = payment.course_id == course_id and payment.coupon_state is CouponState.CLAIMED
    if payment.coupon_state is not CouponState.RELEASED and not is_open_for_course:
        raise CouponFirstPurchaseOnly
    return FirstPurchaseCheck(holder, payment, unpaid)
