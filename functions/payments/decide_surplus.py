"""The part of the decision about money that was captured on an order beside the payment that counts. Pure.

Razorpay takes one payment for an order, and gives a late success on a paid order back by itself
(https://razorpay.com/docs/payments/payments/late-authorisation/). Should it not, we do. Such money never touches the
enrollment, and its refund is no refund of the payment that counts.
"""

from datetime import datetime
from typing import Any

from functions.payments.decision import KNOWN, Decision, Verdict
from functions.payments.evidence import Captured, DisputeLost, Refunded
from functions.payments.giving_back import look_again, note, surplus
from shared.db.changes import changed
from shared.db.entities import Payment


def captured_beside(payment: Payment, evidence: Captured, now: datetime) -> Decision:
    beside = surplus(payment)
    if evidence.payment_id == payment.payment_id or evidence.payment_id in beside:
        return KNOWN
    beside[evidence.payment_id] = {"amount": evidence.amount, "refunds": {}, "charged_back": False}
    return Decision(Verdict.TO_REFUND, _kept(payment, beside, now))


def refunded_beside(payment: Payment, evidence: Refunded, now: datetime) -> Decision:
    beside = surplus(payment)
    if evidence.payment_id not in beside or not note(beside[evidence.payment_id]["refunds"], evidence):
        return KNOWN
    return Decision(Verdict.RECORDED, _kept(payment, beside, now))


def charged_back_beside(payment: Payment, evidence: DisputeLost, now: datetime) -> Decision:
    beside = surplus(payment)
    if evidence.payment_id not in beside or beside[evidence.payment_id]["charged_back"]:
        return KNOWN
    beside[evidence.payment_id]["charged_back"] = True
    return Decision(Verdict.RECORDED, _kept(payment, beside, now))


def _kept(payment: Payment, beside: dict[str, Any], now: datetime) -> dict[str, Any]:
    changes = {"surplus": beside}
    return changes | look_again(changed(payment, changes), now)
