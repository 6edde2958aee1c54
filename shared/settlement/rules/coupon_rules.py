"""The state of an order's claim on its coupon, beside the decision about its money. Pure.

`decide` does not know coupons: the price is in the order. Whatever it decides, the claim follows the status of the
payment: see shared/domain/coupons.py. A claim whose coupon cannot be written is due, and each poll of the order tries
again.
"""

from dataclasses import replace
from datetime import datetime

from shared.db.entities import Payment
from shared.db.payments.payment_attributes import apply_payment_changes
from shared.domain.changes import UNCHANGED, PaymentChanges, changed_fields
from shared.domain.coupons import CouponState, state_of_claim
from shared.settlement.decision import Decision, Verdict
from shared.settlement.evidence import Evidence, PollCompleted
from shared.settlement.poll_schedule import FOLLOW_UP_POLL_DELAY


def with_coupon_state(payment: Payment, decision: Decision, evidence: Evidence, now: datetime) -> Decision:
    """The decision, with the new state of the payment's claim if that changes. A completed poll writes it also if it
    writes nothing else: the window of a superseded order has ended, or the state is due."""
    writes = decision.verdict.is_written or (
        decision.verdict is Verdict.NO_CHANGE and isinstance(evidence, PollCompleted)
    )
    if not payment.coupon_code or not writes:
        return decision
    after = apply_payment_changes(payment, decision.payment)
    state = _state(payment, after, now)
    changes = decision.payment
    if state is not payment.coupon_state:
        changes = replace(changes, coupon_state=state)
    if payment.coupon_due:
        changes = replace(changes, coupon_due=None)
    if changes == decision.payment:
        return decision
    verdict = decision.verdict if decision.verdict.is_written else Verdict.RECORDED
    return replace(decision, verdict=verdict, payment=changes)


def _state(payment: Payment, after: Payment, now: datetime) -> CouponState:
    """A late redemption stays due, whatever becomes of the payment: it was captured and kept."""
    if payment.coupon_due is CouponState.REDEEMED_LATE:
        return CouponState.REDEEMED_LATE
    return state_of_claim(payment.coupon_state, after.status, has_ended=now >= payment.window_ends_at)


def with_claim_due(payment: Payment, changes: PaymentChanges, now: datetime) -> PaymentChanges:
    """`changes` without the new state of the claim, which is due instead, and with a poll that tries again."""
    rest = replace(changes, coupon_state=UNCHANGED, coupon_due=UNCHANGED)
    scheduled = apply_payment_changes(payment, rest).next_poll_at
    return replace(rest, coupon_due=changes.coupon_state, next_poll_at=scheduled or now + FOLLOW_UP_POLL_DELAY)


def changes_only_claim_due(payment: Payment, changes: PaymentChanges) -> bool:
    """Whether `changes` contain nothing but the state of the claim that is due already, and perhaps the next poll,
    which the sweep delays."""
    rest = replace(changes, coupon_state=UNCHANGED, coupon_due=UNCHANGED)
    return payment.coupon_due is changes.coupon_state and changed_fields(rest).keys() <= {"next_poll_at"}
