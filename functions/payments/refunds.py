"""What an admin wants given back, with a reason: written down first, then asked for."""

import hashlib
from datetime import timedelta
from typing import Final

from functions.payments.asking_back import ask_for_own, give_back, learn
from functions.payments.decision import Verdict
from functions.payments.errors import (
    GatewayWillNot,
    NotRefundable,
    OrderNotFound,
    RefundKeyMissing,
    RefundLeavesTooLittle,
    RefundTooLarge,
    RefundTooLate,
)
from functions.payments.evidence import RefundRequested
from functions.payments.giving_back import WITH_MONEY, left_to_refund
from functions.payments.settle import Settled, settle
from shared import clock
from shared.db import payments
from shared.db.audit import Audited
from shared.db.entities import Payment
from shared.errors import Conflict, GatewayUnavailable, IdempotencyKeyReused
from shared.gateways.razorpay import GatewayRefused
from shared.history_kinds import Source
from shared.lifecycle import PaymentStatus
from shared.observability import logger
from shared.tokens import Caller

_ALL: Final = "all"
_REFUNDABLE: Final = timedelta(days=180)
"""Razorpay gives nothing back of a payment older than six months."""


def request_refund(
    caller: Caller, order_id: str, amount: int | None, reason: str, key: str | None, payment_id: str | None = None
) -> Settled:
    """Writes down that `amount` (minor units; None: all that is left) is to be given back, then asks the gateway once;
    what it does not answer is done by the sweep. All that is left ends the enrollment that rests on the payment.
    `payment_id` is one that is held: it goes back whole, and ends nothing.

    A part needs an Idempotency-Key: the same key is the same refund. Raises OrderNotFound, RefundKeyMissing,
    IdempotencyKeyReused, NotRefundable, RefundTooLarge, RefundLeavesTooLittle, RefundTooLate, GatewayWillNot,
    StillChanging, StoreUnavailable."""
    if amount is not None and not key:
        raise RefundKeyMissing
    payment = payments.get(order_id)
    if payment is None:
        raise OrderNotFound
    if too_late(payment):
        raise RefundTooLate
    name = hashlib.sha256(f"{order_id}:{key}".encode()).hexdigest()[:24] if key else _ALL
    news = name not in payment.refund_requests.as_dict() and (amount or 0) <= left_to_refund(payment)
    learned = _learn_if_answered(payment) if news and payment.status is PaymentStatus.CAPTURED else True
    audited = Audited(caller.user_id, "payment.refund", reason, {"amount": amount, "request": name})
    settled = settle(order_id, RefundRequested(name, amount, payment_id), Source.ADMIN, audited=audited)
    if settled is None:
        raise OrderNotFound
    if settled.verdict is Verdict.REFUSED:
        raise _why_not(settled.payment, amount, payment_id)
    same = settled.payment.refund_requests.as_dict().get(name)
    if same and same["amount"] != amount:
        raise IdempotencyKeyReused
    return _try_now(settled, name) if learned and settled.verdict is not Verdict.KNOWN else settled


def too_late(payment: Payment) -> bool:
    return bool(clock.now() - (payment.captured_at or payment.created_at) > _REFUNDABLE)


def _learn_if_answered(payment: Payment) -> bool:
    """What was given back at the gateway's own page is known before more of it is promised."""
    try:
        learn(payment.order_id, payment.payment_id)
    except (GatewayUnavailable, GatewayRefused):
        logger().warning("refunds not learned", exc_info=True, extra={"order_id": payment.order_id})
        return False
    return True


def _why_not(payment: Payment, amount: int | None, payment_id: str | None) -> Conflict:
    if payment.status is not PaymentStatus.CAPTURED or payment_id not in (None, payment.payment_id):
        return NotRefundable()
    return RefundLeavesTooLittle() if amount and amount < left_to_refund(payment) else RefundTooLarge()


def _try_now(settled: Settled, name: str) -> Settled:
    """Once; what is not answered is done by the sweep. Raises GatewayWillNot when a part was refused."""
    order_id = settled.payment.order_id
    ask = ask_for_own if settled.payment.status in WITH_MONEY else give_back
    try:
        ask(settled.payment)
    except (GatewayUnavailable, GatewayRefused):
        logger().warning("refund left for the sweep", exc_info=True, extra={"order_id": order_id})
    stored = payments.get(order_id) or settled.payment
    if settled.verdict is Verdict.RECORDED and name not in stored.refund_requests.as_dict():
        raise GatewayWillNot(stored.refund_refused)
    return Settled(settled.verdict, stored, settled.learning)
