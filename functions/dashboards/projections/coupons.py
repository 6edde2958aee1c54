"""Uses of coupons: the free activations of a learner. The payments count the orders."""

from functions.dashboards.projections.projection import Projection
from shared.db.entities import CouponUse
from shared.db.read_models import counter_items


def project_use(_subject: str, old: CouponUse | None, new: CouponUse | None) -> Projection:
    """Counts free activations, and what the coupon took off their prices. A claim of an order counts nothing here."""
    projection = Projection()
    for use, sign in ((old, -1), (new, 1)):
        if use:
            coupon = projection.counts[counter_items.coupon_counters(use.code)]
            coupon["free"] += sign * use.free
            coupon["free_discount"] += sign * use.free_discount
    return projection
