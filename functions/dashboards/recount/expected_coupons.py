"""Computes the figures of coupons from orders and uses, without the projector's arithmetic."""

from collections import Counter
from collections.abc import Iterable

from functions.dashboards.recount import counter_names
from shared.db.entities import CouponUse, Payment
from shared.domain.coupons import CouponState


def count_coupons(counters: Counter[str], payments: Iterable[Payment], uses: Iterable[CouponUse]) -> None:
    """Orders by the state of their claims, with their amounts; and free activations by learner."""
    for payment in payments:
        if payment.coupon_state in (CouponState.REDEEMED, CouponState.REDEEMED_LATE):
            _count_order(counters, payment)
    for use in uses:
        owner = counter_names.coupon(use.code)
        counters[counter_names.counter(owner, "free")] += use.free
        counters[counter_names.counter(owner, "free_discount")] += use.free_discount


def _count_order(counters: Counter[str], payment: Payment) -> None:
    owner, currency = counter_names.coupon(payment.coupon_code), payment.currency
    counters[counter_names.counter(owner, payment.coupon_state)] += 1
    counters[counter_names.gross(owner, currency)] += payment.captured_amount
    counters[counter_names.refunded(owner, currency)] += payment.refunded_amount
    of_coupon, whole = payment.coupon_discount, payment.discount
    counters[counter_names.discount(owner, currency)] += of_coupon if of_coupon is not None else whole or 0
