"""Claims on coupons, as operations of the transaction that changes the order.

A claim takes one of the coupon's limited uses, and one of the learner's. The order gives both back when it ends
unpaid, and keeps them when it is paid. A coupon that cannot be counted never keeps a payment from being settled: the
claim is then due (`Payment.coupon_due`), and written later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pynamodb.constants import NUMBER
from pynamodb.expressions.operand import Path as ItemPath
from pynamodb.expressions.update import Action

from shared.db.entities import Coupon, CouponUse, Enrollment, FirstPurchase, Payment
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.changes import unchanged_since_read
from shared.db.table.keys import Key
from shared.db.table.transaction import FailedConditions, Transaction
from shared.domain.changes import PaymentChanges
from shared.domain.coupons import CouponState
from shared.domain.lifecycle import FREE_GRANT
from shared.errors import StoreUnavailable

_LABELS: Final = frozenset({"coupon", "coupon_use"})


class ClaimNotWritten(Exception):
    """The coupon of a payment, or its use by the learner, keeps the settlement from being written: nothing was written.
    `is_contended`: too many transactions change it now. Otherwise it is missing, or its counters are no numbers."""

    def __init__(self, *, is_contended: bool) -> None:
        super().__init__()
        self.is_contended = is_contended


@dataclass(frozen=True)
class CouponRecords:
    """What is stored of a coupon and a learner; None for an item that does not exist."""

    use: CouponUse | None
    first_purchase: FirstPurchase | None


@dataclass(frozen=True)
class FirstPurchaseCheck:
    """Why a claim is the learner's first purchase, as it was read: `holder` names the order of the claim before (None:
    there was none). `holder_payment` is the payment of that order: its claim was given back, or it is for the same
    course and unpaid. None if there is none, or the claim is taken over anyway. `unpaid` are the enrollments whose
    orders have granted nothing so far. All of it must still be so when the claim is written."""

    holder: FirstPurchase | None
    holder_payment: Payment | None
    unpaid: tuple[Enrollment, ...]


@dataclass(frozen=True)
class CouponClaim:
    """A claim on `coupon`, as it was read, by an order of the learner, or by a free activation (`order_id` None).

    `takes_over` is the payment of an earlier order of the learner for the same course, as it was read, whose claim on
    the coupon passes over to this one, so that nothing is taken. `first_purchase` is set if the coupon is for first
    purchases. `discount` is what the coupon takes off the price, in minor units."""

    coupon: Coupon
    user_id: str
    order_id: str | None
    takes_over: Payment | None
    first_purchase: FirstPurchaseCheck | None
    discount: int = 0


def read_records(code: str, user_id: str) -> CouponRecords:
    """One BatchGetItem."""
    use, first = keys.coupon_use(code, user_id), keys.first_purchase(user_id)
    found = store.get_many([use, first])
    return CouponRecords(store.cast_to(CouponUse, found.get(use)), store.cast_to(FirstPurchase, found.get(first)))


def add_claim(transaction: Transaction, claim: CouponClaim) -> None:
    """Adds what the claim takes, labelled "coupon", "coupon_use" and "first_purchase…", under the condition that the
    coupon has the terms that were read, that a use is left for all and for the learner, and that a first purchase is
    still the first one."""
    coupon, unchanged = claim.coupon, Coupon.version == claim.coupon.version
    key = keys.coupon(coupon.code)
    if coupon.is_limited and not claim.takes_over:
        transaction.update("coupon", key, [Coupon.remaining.add(-1)], unchanged & (Coupon.remaining > 0))
    else:
        transaction.check("coupon", key, unchanged)
    _add_use(transaction, claim)
    if claim.first_purchase:
        _add_first_purchase(transaction, claim, claim.first_purchase)


def _add_first_purchase(transaction: Transaction, claim: CouponClaim, first: FirstPurchaseCheck) -> None:
    holder = FirstPurchase.build(keys.first_purchase(claim.user_id), order_id=claim.order_id or FREE_GRANT)
    same = FirstPurchase.order_id == first.holder.order_id if first.holder else Item.pk.does_not_exist()
    transaction.put("first_purchase", holder, same)
    if first.holder_payment:
        key, unchanged = (
            keys.payment(first.holder_payment.order_id),
            unchanged_since_read(Payment, first.holder_payment),
        )
        transaction.check("first_purchase_order", key, unchanged)
    for enrollment in first.unpaid:
        key, unchanged = (
            keys.enrollment(enrollment.user_id, enrollment.course_id),
            unchanged_since_read(Enrollment, enrollment),
        )
        transaction.check(f"first_purchase_enrollment {enrollment.course_id}", key, unchanged)


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


def add_transition(transaction: Transaction, payment: Payment, changes: PaymentChanges) -> None:
    """Adds what the new state of the payment's claim gives back or takes: nothing if the state does not change, or the
    order was paid in time. `payment` is as it was read.

    The conditions are that the counters are there, and numbers; `commit_settlement` tells them from the others."""
    key = keys.coupon(payment.coupon_code)
    match changes.coupon_state:
        case CouponState.RELEASED:
            if payment.coupon_limited:
                _count(transaction, "coupon", key, [Coupon.remaining.add(1)], "remaining")
            _change_uses(transaction, payment, -1)
        case CouponState.REDEEMED_LATE:
            _count(transaction, "coupon", key, [Coupon.redeemed_late.add(1)], "redeemed_late")
            _change_uses(transaction, payment, 1)


def _change_uses(transaction: Transaction, payment: Payment, number: int) -> None:
    key, actions = keys.coupon_use(payment.coupon_code, payment.user_id), [CouponUse.uses.add(number)]
    _count(transaction, "coupon_use", key, actions, "uses")


def _count(transaction: Transaction, label: str, key: Key, actions: Sequence[Action], counter: str) -> None:
    transaction.update(label, key, actions, ItemPath(counter).is_type(NUMBER), returns_found=False)


def commit_settlement(transaction: Transaction) -> FailedConditions:
    """Commits the transaction of a settlement. Raises ClaimNotWritten when nothing but its operations on the coupon
    failed, and StoreUnavailable."""
    try:
        failed = transaction.commit()
    except StoreUnavailable:
        if transaction.contended and transaction.contended <= _LABELS:
            raise ClaimNotWritten(is_contended=True) from None
        raise
    if failed and failed.keys() <= _LABELS:
        raise ClaimNotWritten(is_contended=False)
    return failed


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
