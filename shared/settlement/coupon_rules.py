"""The state of an order's claim on its coupon, beside the decision about its money. Pure.

`decide` does not know coupons: the price is in the order. Whatever it decides, the claim follows the status of the
payment: see shared/domain/coupons.py.
"""

from dataclasses import replace

from shared.db.entities import Payment
from shared.db.payments.payment_attributes import apply_payment_changes
from shared.domain.changes import PaymentChanges
from shared.domain.coupons import state_of_claim


def with_coupon_state(payment: Payment, changes: PaymentChanges) -> PaymentChanges:
    """`changes` of the payment, with the new state of its claim if that changes; without a coupon, as they are."""
    if not payment.coupon_code:
        return changes
    state = state_of_claim(payment.coupon_state, apply_payment_changes(payment, changes).status)
    return changes if state is payment.coupon_state else replace(changes, coupon_state=state)
