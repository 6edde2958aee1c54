"""I19: each use of a coupon is an open order, a paid order, or a free activation, and is counted once."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from functions.payments.invariants.history import Step
from functions.payments.invariants.ledger import Breach, CouponUser, Ledger, learner_of
from shared.db.entities import Coupon, Payment
from shared.history_kinds import ChangeKind

_OPEN: Final = frozenset({"pending", "authorized"})
_REDEEMED: Final = frozenset({"redeemed", "redeemed_late"})
_STEPS: Final = frozenset(
    {(None, "claimed"), ("claimed", "released"), ("claimed", "redeemed"), ("released", "redeemed_late")}
)
"""The steps of a claim: it is given back at most once, and redeemed at most once."""


def check_claims(ledger: Ledger) -> Iterator[Breach]:
    """I19. The claim of an order is where the status of its payment says: taken while it can be paid in its window,
    given back when it ended unpaid, redeemed if it was ever captured and kept. Only a later order of the learner takes
    it over before the window has ended. The discount explains the price."""
    for order_id, payment in ledger.payments.items():
        if (payment.list_amount or 0) - (payment.discount or 0) not in (0, payment.amount):
            detail = f"{payment.discount} off {payment.list_amount} is not the amount {payment.amount}"
            yield Breach("I19", order_id, detail)
        if not payment.coupon_code:
            continue
        if not 0 <= (payment.coupon_discount or 0) <= (payment.discount or 0):
            yield Breach(
                "I19", order_id, f"its coupon takes {payment.coupon_discount} of a discount of {payment.discount}"
            )
        steps = ledger.payment_steps[order_id]
        error = _claim_error(payment, steps) or _early_release(ledger, payment, steps)
        if error:
            yield Breach("I19", order_id, error)
        for before, after in pairwise([None, *_states(steps)]):
            if (before, after) not in _STEPS:
                yield Breach("I19", order_id, f"its claim goes from {before} to {after}")


def _claim_error(payment: Payment, steps: list[Step]) -> str | None:
    state, status = payment.coupon_state, payment.status
    if payment.coupon_due:
        return f"its claim is {state}, and {payment.coupon_due} is due: the coupon or its use could not be written"
    was_sold = any(step.changes.get("status") == "captured" for step in steps)
    if was_sold != (state in _REDEEMED):
        return f"its claim is {state}, but the payment was {'' if was_sold else 'never '}captured and kept"
    if state == "claimed" and status not in _OPEN and not _is_superseded_in_window(payment, steps):
        return f"its claim is not given back, but the payment is {status}"
    if state == "released" and status == "pending":
        return "its claim is given back, but the payment is pending"
    return None


def _is_superseded_in_window(payment: Payment, steps: list[Step]) -> bool:
    """Whether the payment failed, and no step but that of the order which superseded it was made since its window
    ended: the next one gives the claim back."""
    last = steps[-1].kind if steps else None
    in_window = payment.updated_at < payment.window_ends_at
    return bool(payment.status == "failed" and (in_window or last is ChangeKind.ORDER_SUPERSEDED))


def _early_release(ledger: Ledger, payment: Payment, steps: list[Step]) -> str | None:
    """A failed order gives its claim back once its window has ended, or in the step of another order, or activation, of
    the learner with the coupon."""
    status = None
    for step in steps:
        status = step.changes.get("status", status)
        if step.changes.get("coupon_state") != "released" or status != "failed":
            continue
        superseded = step.kind is ChangeKind.ORDER_SUPERSEDED
        if superseded and not _is_taken_over(ledger, payment, step):
            return "its claim ends with another order that does not take it over"
        if not superseded and step.at < payment.window_ends_at:
            return "its claim is given back before its window has ended"
    return None


def _is_taken_over(ledger: Ledger, payment: Payment, step: Step) -> bool:
    orders = any(
        other.coupon_code == payment.coupon_code
        and other.created_at == step.at
        and other.course_id == payment.course_id
        for other in ledger.payments.values()
    )
    return orders or any(
        each.at == step.at and each.changes.get("coupon_code") == payment.coupon_code
        for each in ledger.enrollment_steps[learner_of(payment)]
    )


def _states(steps: list[Step]) -> list[str]:
    return [step.changes["coupon_state"] for step in steps if "coupon_state" in step.changes]


def check_uses(ledger: Ledger) -> Iterator[Breach]:
    """I19. The uses of each learner are the orders with a claim, the paid orders, and the free activations. Needs every
    order and enrollment of the learner."""
    orders = Counter(
        CouponUser(payment.coupon_code, payment.user_id)
        for payment in ledger.payments.values()
        if payment.coupon_code and payment.coupon_state != "released"
    )
    free = Counter(
        CouponUser(step.changes["coupon_code"], learner.user_id)
        for learner, steps in ledger.enrollment_steps.items()
        for step in steps
        if step.kind is ChangeKind.COUPON_REDEEMED
    )
    for user in sorted({*orders, *free, *ledger.coupon_uses}):
        use = ledger.coupon_uses.get(user)
        counted = (use.uses, use.free) if use else (0, 0)
        expected = (orders[user] + free[user], free[user])
        if counted != expected:
            detail = f"{counted[0]} uses are counted, {counted[1]} of them free, but there are {expected}"
            yield Breach("I19", str(user), detail)


def check_totals(ledger: Ledger) -> Iterator[Breach]:
    """I19. What is taken from the limit of each coupon is what its learners use, without the orders that were paid
    late. Needs every use of the coupon."""
    uses: Counter[str] = Counter()
    for user, use in ledger.coupon_uses.items():
        uses[user.code] += use.uses
    for code, coupon in sorted(ledger.coupons.items()):
        yield from total_breaches(coupon, uses[code])


def total_breaches(coupon: Coupon, uses: int) -> Iterator[Breach]:
    """I19. The breaches of one coupon; `uses` is the sum over its learners."""
    in_time = uses - int(coupon.redeemed_late)
    if coupon.used is None:
        if in_time < 0:
            yield Breach("I19", coupon.code, f"{in_time} uses in time")
        return
    if coupon.remaining < 0:
        yield Breach("I19", coupon.code, f"{-coupon.remaining} more uses are taken than its limit of {coupon.limit}")
    if coupon.used != in_time:
        detail = f"{coupon.used - in_time:+} uses are taken from its limit that no order and no activation has"
        yield Breach("I19", coupon.code, detail)
