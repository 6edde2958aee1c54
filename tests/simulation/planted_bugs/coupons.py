"""Planted bugs of coupons: claims that are counted wrong."""

from dataclasses import replace
from typing import Any

from shared.db.entities import Coupon, CouponUse
from shared.db.payments import coupon_claims, order_writes, payments
from shared.db.table import keys
from shared.domain.changes import UNCHANGED
from shared.domain.coupons import CouponState, state_of_claim
from shared.settlement import claim_writing, settle
from shared.settlement.rules import coupon_rules
from tests.simulation.planted_bugs.patching import Patch

_TRANSITION = coupon_claims.add_transition


def releases_a_use_twice() -> list[Patch]:
    """An order that ends unpaid gives two uses back to its learner."""
    change_uses = coupon_claims._change_uses

    def change_twice(transaction: Any, payment: Any, number: int) -> None:
        change_uses(transaction, payment, 2 * number if number < 0 else number)

    return [(coupon_claims, "_change_uses", change_twice)]


def counts_a_redemption_twice() -> list[Patch]:
    """The claim has taken a use already; the capture takes another one."""

    def add_transition(transaction: Any, payment: Any, changes: Any) -> None:
        _TRANSITION(transaction, payment, changes)
        if changes.coupon_state is CouponState.REDEEMED:
            key = keys.coupon_use(payment.coupon_code, payment.user_id)
            transaction.update("coupon_use", key, [CouponUse.uses.add(1)], None)

    return [(coupon_claims, "add_transition", add_transition)]


def keeps_the_claim_of_an_order_for_ever() -> list[Patch]:
    """The claim of an order that ended unpaid is not given back."""
    rule = state_of_claim
    return [(coupon_rules, "state_of_claim", lambda state, status, **_: rule(state, status, has_ended=False))]


def gives_the_claim_of_a_superseded_order_back_at_once() -> list[Patch]:
    """The superseded order can still be paid at its price, but its use is free for another order."""
    real_superseded = order_writes._add_superseded

    def add_superseded(transaction: Any, superseded: Any, claim: Any, now: Any) -> None:
        read = superseded and superseded.read
        if read and read.coupon_state is CouponState.CLAIMED and not (claim and claim.takes_over):
            changes = replace(superseded.changes, coupon_state=CouponState.RELEASED)
            superseded = replace(superseded, changes=changes)
            _TRANSITION(transaction, read, changes)
        real_superseded(transaction, superseded, claim, now)

    return [(order_writes, "_add_superseded", add_superseded)]


def keeps_the_claim_that_another_order_takes_over() -> list[Patch]:
    """The later order takes no use, because it takes the claim over, but the earlier one keeps it too."""
    real_superseded = order_writes._add_superseded

    def add_superseded(transaction: Any, superseded: Any, claim: Any, now: Any) -> None:
        if not (claim and claim.takes_over):
            real_superseded(transaction, superseded, claim, now)
            return
        real_superseded(transaction, superseded, None, now)
        coupon_claims.add_claim(transaction, claim)

    return [(order_writes, "_add_superseded", add_superseded)]


def waits_for_the_coupon() -> list[Patch]:
    """A payment whose coupon cannot be written is not settled."""
    return [(settle, "write_settlement", payments.write_settlement)]


def forgets_a_claim_that_is_due() -> list[Patch]:
    """The payment is settled without its claim, and no poll writes it later."""

    def without_claim(payment: Any, changes: Any, _: Any) -> Any:
        return replace(changes, coupon_state=UNCHANGED, coupon_due=UNCHANGED)

    return [(claim_writing, "with_claim_due", without_claim)]


def late_money_takes_from_the_limit() -> list[Patch]:
    """A late payment takes a use of the limit, and is counted as a late one too."""

    def add_transition(transaction: Any, payment: Any, changes: Any) -> None:
        if changes.coupon_state is CouponState.REDEEMED_LATE and payment.coupon_limited:
            late = [Coupon.redeemed_late.add(1), Coupon.remaining.add(-1)]
            transaction.update("coupon", keys.coupon(payment.coupon_code), late, None)
            coupon_claims._change_uses(transaction, payment, 1)
        else:
            _TRANSITION(transaction, payment, changes)

    return [(coupon_claims, "add_transition", add_transition)]
