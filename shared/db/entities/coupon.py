"""Coupons, and the uses that learners made of them."""

from typing import Any, ClassVar

from pynamodb.attributes import BooleanAttribute, ListAttribute, UnicodeAttribute

from shared.db.table.attributes import EnumAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import Item, ListingIndexed
from shared.domain.coupons import CouponKind


class Coupon(ListingIndexed, Item):
    """`COUPON#code / COUPON`, never deleted; gsi1 lists all coupons.

    `value` is a percentage (1 to 100), or an amount in minor units of `currency`. `courses` are the courses that it is
    for; absent: every course. `minimum` is the lowest price, in minor units, that it is for. `valid_from` and
    `valid_until` (UTC) bound the time in which it can be claimed. `limit` is the number of uses by all learners, and
    `remaining` how many of them are left; both are absent in a coupon without a limit, which claims do not write, so
    that orders of many learners do not wait for one item. `per_learner` is the number of uses by one learner.
    `redeemed_late` counts the orders that were paid after their use had been given back; they are not taken from
    `remaining`. `version` grows with each edit by an admin, not with claims.
    """

    KIND: ClassVar[str] = "coupon"

    code = UnicodeAttribute()
    discount_kind = EnumAttribute(CouponKind)
    value = IntAttribute()
    currency = UnicodeAttribute()
    courses: ListAttribute[Any] = ListAttribute(null=True)
    minimum = IntAttribute(null=True)
    valid_from = TimeAttribute(null=True)
    valid_until = TimeAttribute(null=True)
    limit = IntAttribute(null=True)
    remaining = IntAttribute(null=True)
    per_learner = IntAttribute(default=1)
    first_purchase = BooleanAttribute(default=False)
    active = BooleanAttribute(default=True)
    redeemed_late = IntAttribute(default=0)
    created_by = UnicodeAttribute()
    version = IntAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()

    @property
    def is_limited(self) -> bool:
        """Whether the uses by all learners together are limited. Fixed when the coupon is created."""
        return self.limit is not None

    @property
    def used(self) -> int | None:
        """The uses that are taken from the limit: claimed, redeemed, and free activations; None without a limit."""
        return int(self.limit - self.remaining) if self.limit is not None else None


class CouponUse(Item):
    """`COUPON#code / USER#user_id`: the uses of one learner.

    `uses` counts the learner's open orders with a claim, paid orders (late ones too), and free activations. `free` are
    the free activations among them, and `free_discount` is what the coupon took off their prices (minor units); those
    of earlier versions are not in it."""

    KIND: ClassVar[str] = "coupon_use"

    code = UnicodeAttribute()
    user_id = UnicodeAttribute()
    uses = IntAttribute(default=0)
    free = IntAttribute(default=0)
    free_discount = IntAttribute(default=0)


class FirstPurchase(Item):
    """`USER#user_id / FIRST_PURCHASE`: the order that claimed a coupon for first purchases last, or `free`. It is never
    deleted. A claim replaces the order in it only when that order's claim was released, so that a learner has at most
    one."""

    KIND: ClassVar[str] = "first_purchase"

    order_id = UnicodeAttribute()
