"""Reads what coupons sold. The figures follow the orders by seconds; no decision is made from them."""

from collections.abc import Sequence

from shared.db.entities import CouponCounters
from shared.db.table import keys, store


def figures_of(codes: Sequence[str]) -> dict[str, CouponCounters]:
    """Code > figures; a coupon of which nothing was counted yet is absent. One BatchGetItem per hundred. Raises
    StoreUnavailable."""
    found = store.get_many([keys.coupon_counters(code) for code in codes]) if codes else {}
    return {item.sk: item for item in found.values() if isinstance(item, CouponCounters)}
