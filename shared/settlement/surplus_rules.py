"""The part of the decision about money that was captured on an order beside the payment that counts. Pure.

Razorpay takes one payment for an order, and gives a late success on a paid order back by itself
(https://razorpay.com/docs/payments/payments/late-authorisation/). Should it not, we do. Money of another amount or
currency than the order's (a discount or a fee added at the gateway) is held until an admin gives it back, or the right
money comes. Neither ever opens a course, and its refund is no refund of the payment that counts.
"""

from datetime import datetime
from typing import Any

from shared.db.entities import Enrollment, Payment
from shared.db.table.changes import apply_changes
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.settlement.balances import (
    CapturedPayment,
    extra_captures,
    has_unrefunded_extras,
    record_refund,
)
from shared.settlement.decision import NO_CHANGE, Decision, Verdict, is_awaited_by, is_basis_of
from shared.settlement.evidence import Captured, DisputeLost, ManualRefund, Refunded, RefundRejected
from shared.settlement.poll_schedule import final_poll, next_poll, schedule_poll, with_next_poll


def record_duplicate_capture(payment: Payment, evidence: Captured, now: datetime) -> Decision:
    beside = extra_captures(payment)
    if evidence.payment_id == payment.payment_id or evidence.payment_id in beside:
        return NO_CHANGE
    beside[evidence.payment_id] = _extra_capture(evidence, held=False)
    return Decision(Verdict.REFUND_DUE, _extra_capture_changes(payment, beside, now))


def hold_mismatched_capture(
    payment: Payment, enrollment: Enrollment | None, evidence: Captured, now: datetime
) -> Decision:
    """The order fails: it is paid at the gateway, so nobody can pay it rightly. The learner may open another."""
    beside = extra_captures(payment)
    beside[evidence.payment_id] = _extra_capture(evidence, held=True)
    failed = {} if payment.status is PaymentStatus.FAILED else {"status": PaymentStatus.FAILED}
    changes = {**failed, "reason": StatusReason.MISMATCH, "surplus": beside}
    ends = is_basis_of(payment, enrollment) or is_awaited_by(payment, enrollment)
    return Decision(
        Verdict.ON_HOLD,
        with_next_poll(payment, changes, evidence, now),
        cancellation_changes(StatusReason.MISMATCH, now) if ends else {},
    )


def release_all_holds(payment: Payment) -> dict[str, Any]:
    """The change by which nothing is held any more: all of it goes back."""
    beside = extra_captures(payment)
    if not any(each["held"] for each in beside.values()):
        return {}
    return {"surplus": {payment_id: {**each, "held": False} for payment_id, each in beside.items()}}


def release_hold(payment: Payment, payment_id: str, amount: int | None, now: datetime) -> Decision:
    """An admin gives back what is held: whole, and that one alone."""
    beside = extra_captures(payment)
    if payment_id not in beside or amount is not None:
        return Decision(Verdict.REJECTED)
    if not beside[payment_id]["held"]:
        return NO_CHANGE
    beside[payment_id]["held"] = False
    return Decision(Verdict.REFUND_DUE, {"surplus": beside, **schedule_poll(payment.order_id, now)})


def record_extra_refund_rejection(payment: Payment, evidence: RefundRejected) -> Decision:
    beside = extra_captures(payment)
    if evidence.payment_id not in beside or beside[evidence.payment_id].get("refused") == evidence.description:
        return NO_CHANGE
    beside[evidence.payment_id]["refused"] = evidence.description
    return Decision(Verdict.RECORDED, {"surplus": beside})


def record_extra_refund(payment: Payment, evidence: Refunded, now: datetime) -> Decision:
    beside = extra_captures(payment)
    if evidence.payment_id not in beside or not record_refund(beside[evidence.payment_id]["refunds"], evidence):
        return NO_CHANGE
    return Decision(Verdict.RECORDED, _extra_capture_changes(payment, beside, now))


def record_extra_reversal(
    payment: Payment, evidence: DisputeLost | ManualRefund, reversal: CapturedPayment, now: datetime
) -> Decision:
    """`how` is {name: {amount, by}} of what took it."""
    beside = extra_captures(payment)
    if evidence.payment_id not in beside or reversal.keys() <= beside[evidence.payment_id]["other_returns"].keys():
        return NO_CHANGE
    beside[evidence.payment_id]["other_returns"] |= reversal
    changes = _extra_capture_changes(payment, beside, now)
    look = final_poll(payment, changes, now) if "gsi2sk" in changes else {}
    return Decision(Verdict.RECORDED, changes | look)


def _extra_capture(evidence: Captured, *, held: bool) -> CapturedPayment:
    return {
        "amount": evidence.amount,
        "currency": evidence.currency,
        "refunds": {},
        "other_returns": {},
        "held": held,
    }


def _extra_capture_changes(payment: Payment, beside: dict[str, CapturedPayment], now: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {"surplus": beside}
    if payment.status is PaymentStatus.AUTHORIZED:
        return changes
    if payment.reason is StatusReason.MISMATCH and not has_unrefunded_extras(apply_changes(payment, changes)):
        changes["reason"] = StatusReason.REFUNDED
    return changes | next_poll(apply_changes(payment, changes), now)
