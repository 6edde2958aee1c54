"""Claims on coupons, as operations of the transaction that changes the order.

A claim takes one of the coupon's limited uses, and one of the learner's. The order gives both back when it ends
unpaid, and keeps them when it is paid. What a payment gives back or takes is not conditional: the condition of the
payment protects it, and a coupon never keeps a payment from being settled.
"""

from dataclasses import dataclass
from typing import Any

from pynamodb.expressions.update import Action

from shared.db.entities import Coupon, CouponUse, FirstPurchase, Payment
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.transaction import Transaction
from shared.domain.changes import PaymentChanges
from shared.domain.coupons import CouponState
from shared.domain.lifecycle import FREE_GRANT


@dataclass(frozen=True)
class CouponRecords:
    """What is stored of a coupon and a learner; None for an item that does not exist."""

    use: CouponUse | None
    first_purchase: FirstPurchase | None


@dataclass(frozen=True)
class CouponClaim:
    """A claim on `coupon`, as it was read, by an order of the learner, or by a free activation (`order_id` None).

    `takes_over`: the order that this one supersedes has a claim on the same coupon, which passes over to this one, so
    that nothing is taken. `first_purchase` is the item as it was read, if the coupon is for first purchases.
    `discount` is what the coupon takes off the price, in minor units."""

    coupon: Coupon
    user_id: str
    order_id: str | None
    takes_over: bool
    first_purchase: FirstPurchase | None
    discount: int = 0


def read_records(code: str, user_id: str) -> CouponRecords:
    """One BatchGetItem."""
    use, first = keys.coupon_use(code, user_id), keys.first_purchase(user_id)
    found = store.get_many([use, first])
    return CouponRecords(store.cast_to(CouponUse, found.get(use)), store.cast_to(FirstPurchase, found.get(first)))


def add_claim(transaction: Transaction, claim: CouponClaim) -> None:
    """Adds what the claim takes, labelled "coupon", "coupon_use" and "first_purchase", under the condition that the
    coupon has the terms that were read, and that a use is left for all and for the learner."""
    coupon, unchanged = claim.coupon, Coupon.version == claim.coupon.version
    key = keys.coupon(coupon.code)
    if coupon.is_limited and not claim.takes_over:
        transaction.update("coupon", key, [Coupon.remaining.add(-1)], unchanged & (Coupon.remaining > 0))
    else:
        transaction.check("coupon", key, unchanged)
    _add_use(transaction, claim)
    if coupon.first_purchase:
        holder = FirstPurchase.build(keys.first_purchase(claim.user_id), order_id=claim.order_id or FREE_GRANT)
        read = claim.first_purchase
        same = FirstPurchase.order_id == read.order_id if read else Item.pk.does_not_exist()
        transaction.put("first_purchase", holder, same)


def _add_use(transaction: Transaction, claim: CouponClaim) -> None:
    actions: list[Action] = []
    if claim.order_id is None:
        actions += [CouponUse.free.add(1), CouponUse.free_discount.add(claim.discount)]
    condition = None
    if not claim.takes_over:
        actions.append(CouponUse.uses.add(1))
        condition = CouponUse.uses.does_not_exist() | (CouponUse.uses < claim.coupon.per_learner)
    if actions:
        key = keys.coupon_use(claim.coupon.code, claim.user_id)
        transaction.update("coupon_use", key, [*actions, *_names(claim.coupon.code, claim.user_id)], condition)


def add_transition(transaction: Transaction, payment: Payment, changes: PaymentChanges, prefix: str = "") -> None:
    """Adds what the new state of the payment's claim gives back or takes: nothing if the state does not change, or the
    order was paid in time. `payment` is as it was read. `prefix` is that of the labels."""
    key = keys.coupon(payment.coupon_code)
    match changes.coupon_state:
        case CouponState.RELEASED:
            if payment.coupon_limited:
                transaction.update(f"{prefix}coupon", key, [Coupon.remaining.add(1)], None)
            _change_uses(transaction, payment, -1, prefix)
        case CouponState.REDEEMED_LATE:
            transaction.update(f"{prefix}coupon", key, [Coupon.redeemed_late.add(1)], None)
            _change_uses(transaction, payment, 1, prefix)


def _change_uses(transaction: Transaction, payment: Payment, number: int, prefix: str) -> None:
    code, user_id = payment.coupon_code, payment.user_id
    actions = [CouponUse.uses.add(number), *_names(code, user_id)]
    transaction.update(f"{prefix}coupon_use", keys.coupon_use(code, user_id), actions, None)


def _names(code: str, user_id: str) -> list[Action]:
    """The attributes of the item that its first use creates."""
    return [CouponUse.kind.set(CouponUse.KIND), CouponUse.code.set(code), CouponUse.user_id.set(user_id)]


def claim_attributes(claim: CouponClaim) -> dict[str, Any]:
    """The attributes of a new payment whose order makes the claim."""
    return {
        "coupon_code": claim.coupon.code,
        "coupon_discount": claim.discount,
        "coupon_state": CouponState.CLAIMED,
        "coupon_limited": claim.coupon.is_limited,
    }
