"""Planted bugs of coupons: claims that are counted wrong."""

from typing import Any

from functions.payments.checkout import order_records
from shared.db.entities import Coupon, CouponUse
from shared.db.payments import coupon_claims
from shared.db.table import keys
from shared.domain.coupons import CouponState
from tests.simulation.planted_bugs.patching import Patch

_TRANSITION = coupon_claims.add_transition


def releases_a_use_twice() -> list[Patch]:
    """An order that ends unpaid gives two uses back to its learner."""
    change_uses = coupon_claims._change_uses

    def change_twice(transaction: Any, payment: Any, number: int, prefix: str) -> None:
        change_uses(transaction, payment, 2 * number if number < 0 else number, prefix)

    return [(coupon_claims, "_change_uses", change_twice)]


def counts_a_redemption_twice() -> list[Patch]:
    """The claim has taken a use already; the capture takes another one."""

    def add_transition(transaction: Any, payment: Any, changes: Any, prefix: str = "") -> None:
        _TRANSITION(transaction, payment, changes, prefix)
        if changes.coupon_state is CouponState.REDEEMED:
            key = keys.coupon_use(payment.coupon_code, payment.user_id)
            transaction.update("coupon_use", key, [CouponUse.uses.add(1)], None)

    return [(coupon_claims, "add_transition", add_transition)]


def keeps_the_claim_of_a_superseded_order() -> list[Patch]:
    return [(order_records, "with_coupon_state", lambda _, changes: changes)]


def late_money_takes_from_the_limit() -> list[Patch]:
    """A late payment takes a use of the limit, and is counted as a late one too."""

    def add_transition(transaction: Any, payment: Any, changes: Any, prefix: str = "") -> None:
        if changes.coupon_state is CouponState.REDEEMED_LATE and payment.coupon_limited:
            late = [Coupon.redeemed_late.add(1), Coupon.remaining.add(-1)]
            transaction.update("coupon", keys.coupon(payment.coupon_code), late, None)
            coupon_claims._change_uses(transaction, payment, 1, prefix)
        else:
            _TRANSITION(transaction, payment, changes, prefix)

    return [(coupon_claims, "add_transition", add_transition)]
