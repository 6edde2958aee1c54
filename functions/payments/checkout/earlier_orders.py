"""The learner's earlier orders for a course, when a new one is opened, and the claims on coupons that they have.

Razorpay cannot cancel an order: a superseded one can still be paid, so it keeps its claim until its window has ended.
Only a new order for the same course takes it over: of two paid orders for one course, one is refunded.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.db.entities import Enrollment, Payment
from shared.db.payments import payments
from shared.db.payments.payments import PaymentStep
from shared.domain.coupons import CouponState
from shared.domain.lifecycle import PaymentStatus
from shared.settlement.rules.order_rules import UNPAID, superseded_changes

_MAX_EARLIER_CLAIMS: Final = 10
"""Of other coupons, by orders of the last window for the same course. A claim beyond ends with the window of its order,
and cannot be taken over before."""


@dataclass(frozen=True)
class EarlierOrders:
    """`superseded` is the step of the pending order that the new one supersedes. `claimant` is the order whose claim on
    the coupon of the new order passes over, and `claims` are the claims that the others keep, as a payment stores
    them."""

    superseded: PaymentStep | None = None
    claimant: Payment | None = None
    claims: tuple[str, ...] = ()

    def contains(self, order_id: str) -> bool:
        """Whether the order is one of them, as far as they are read."""
        read = [self.claimant, self.superseded.read if self.superseded else None]
        return any(payment is not None and payment.order_id == order_id for payment in read)


def read_earlier_orders(enrollment: Enrollment | None, code: str | None, now: datetime) -> EarlierOrders:
    """The order that the enrollment waited for until now, or until the learner withdrew, and those before it. `code` is
    the coupon of the new order. Two GetItem at most. Raises StoreUnavailable."""
    latest = payments.get(enrollment.order_id) if enrollment and enrollment.order_id else None
    if latest is None:
        return EarlierOrders()
    is_pending = latest.status is PaymentStatus.PENDING
    superseded = PaymentStep(latest, superseded_changes(latest, now)) if is_pending else None
    claims = dict(each.split(" ") for each in latest.earlier_claims or ())
    if _keeps_claim(latest):
        claims.pop(latest.coupon_code, None)
        claims[latest.coupon_code] = latest.order_id
    claimant = _read_claimant(claims.pop(code, None), latest) if code else None
    kept = [f"{coupon} {order_id}" for coupon, order_id in claims.items()]
    return EarlierOrders(superseded, claimant, tuple(kept[-_MAX_EARLIER_CLAIMS:]))


def _read_claimant(order_id: str | None, latest: Payment) -> Payment | None:
    """The payment of the order, if it still has its claim."""
    if order_id is None:
        return None
    payment = latest if order_id == latest.order_id else payments.get(order_id)
    return payment if payment and _keeps_claim(payment) else None


def _keeps_claim(payment: Payment) -> bool:
    return payment.coupon_state is CouponState.CLAIMED and payment.status in UNPAID
