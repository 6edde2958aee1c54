"""The part of the decision about money that was captured on an order beside the payment that counts. Pure.

Razorpay takes one payment for an order, and gives a late success on a paid order back by itself
(https://razorpay.com/docs/payments/payments/late-authorisation/). Should it not, we do. Money of another amount or
currency than the order's (a discount or a fee added at the gateway) is held until an admin gives it back, or the right
money comes. Neither ever opens a course, and its refund is no refund of the payment that counts.
"""

from datetime import datetime
from typing import Any

from functions.payments.decision import KNOWN, Decision, Verdict, rests_on, waits_for
from functions.payments.evidence import Captured, DisputeLost, Refunded, RefundRefused, ReturnedByHand
from functions.payments.giving_back import Kept, last_look, look_again, note, surplus, unsettled, watched
from functions.payments.timers import timer
from shared.db.changes import changed
from shared.db.entities import Enrollment, Payment
from shared.enrolling import cancellation
from shared.lifecycle import PaymentStatus, Reason


def captured_beside(payment: Payment, evidence: Captured, now: datetime) -> Decision:
    beside = surplus(payment)
    if evidence.payment_id == payment.payment_id or evidence.payment_id in beside:
        return KNOWN
    beside[evidence.payment_id] = _new(evidence, held=False)
    return Decision(Verdict.TO_REFUND, _kept(payment, beside, now))


def held_aside(payment: Payment, enrollment: Enrollment | None, evidence: Captured, now: datetime) -> Decision:
    """The order fails: it is paid at the gateway, so nobody can pay it rightly. The learner may open another."""
    beside = surplus(payment)
    beside[evidence.payment_id] = _new(evidence, held=True)
    failed = {} if payment.status is PaymentStatus.FAILED else {"status": PaymentStatus.FAILED}
    changes = {**failed, "reason": Reason.MISMATCH, "surplus": beside}
    ends = rests_on(payment, enrollment) or waits_for(payment, enrollment)
    return Decision(
        Verdict.QUARANTINED,
        watched(payment, changes, evidence, now),
        cancellation(Reason.MISMATCH, now) if ends else {},
    )


def released(payment: Payment) -> dict[str, Any]:
    """The change by which nothing is held any more: all of it goes back."""
    beside = surplus(payment)
    if not any(each["held"] for each in beside.values()):
        return {}
    return {"surplus": {payment_id: {**each, "held": False} for payment_id, each in beside.items()}}


def released_one(payment: Payment, payment_id: str, amount: int | None, now: datetime) -> Decision:
    """An admin gives back what is held: whole, and that one alone."""
    beside = surplus(payment)
    if payment_id not in beside or amount is not None:
        return Decision(Verdict.REFUSED)
    if not beside[payment_id]["held"]:
        return KNOWN
    beside[payment_id]["held"] = False
    return Decision(Verdict.TO_REFUND, {"surplus": beside, **timer(payment.order_id, now)})


def refused_beside(payment: Payment, evidence: RefundRefused) -> Decision:
    beside = surplus(payment)
    if evidence.payment_id not in beside or beside[evidence.payment_id].get("refused") == evidence.why:
        return KNOWN
    beside[evidence.payment_id]["refused"] = evidence.why
    return Decision(Verdict.RECORDED, {"surplus": beside})


def refunded_beside(payment: Payment, evidence: Refunded, now: datetime) -> Decision:
    beside = surplus(payment)
    if evidence.payment_id not in beside or not note(beside[evidence.payment_id]["refunds"], evidence):
        return KNOWN
    return Decision(Verdict.RECORDED, _kept(payment, beside, now))


def taken_beside(payment: Payment, evidence: DisputeLost | ReturnedByHand, how: Kept, now: datetime) -> Decision:
    """`how` is {name: {amount, by}} of what took it."""
    beside = surplus(payment)
    if evidence.payment_id not in beside or how.keys() <= beside[evidence.payment_id]["other_returns"].keys():
        return KNOWN
    beside[evidence.payment_id]["other_returns"] |= how
    changes = _kept(payment, beside, now)
    look = last_look(payment, changes, now) if "gsi2sk" in changes else {}
    return Decision(Verdict.RECORDED, changes | look)


def _new(evidence: Captured, *, held: bool) -> Kept:
    return {
        "amount": evidence.amount,
        "currency": evidence.currency,
        "refunds": {},
        "other_returns": {},
        "held": held,
    }


def _kept(payment: Payment, beside: dict[str, Kept], now: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {"surplus": beside}
    if payment.status is PaymentStatus.AUTHORIZED:
        return changes
    if payment.reason is Reason.MISMATCH and not unsettled(changed(payment, changes)):
        changes["reason"] = Reason.REFUNDED
    return changes | look_again(changed(payment, changes), now)
