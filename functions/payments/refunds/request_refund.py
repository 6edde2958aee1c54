"""What an admin wants given back, with a reason: written down first, then asked for."""

import hashlib
from datetime import timedelta
from typing import Final

from functions.payments.errors import (
    IdempotencyKeyRequired,
    NotRefundable,
    OrderNotFound,
    RefundLeavesTooLittle,
    RefundRejectedByGateway,
    RefundTooLarge,
    RefundTooLate,
)
from functions.payments.refunds.execute_refunds import execute_due_refunds, refund_primary, sync_refunds
from shared import clock
from shared.db.audit import AuditedAction
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.domain.lifecycle import PaymentStatus
from shared.errors import Conflict, GatewayUnavailable, IdempotencyKeyReused
from shared.gateways.razorpay import GatewayRejected
from shared.history_kinds import Source
from shared.observability import logger
from shared.settlement.balances import HOLDING_FUNDS, unrequested_balance
from shared.settlement.decision import Verdict
from shared.settlement.evidence import RefundRequested
from shared.settlement.settle import Settled, settle
from shared.tokens import Caller

_FULL_REFUND_KEY: Final = "all"
_REFUND_WINDOW: Final = timedelta(days=180)
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
        raise IdempotencyKeyRequired
    payment = payments.get(order_id)
    if payment is None:
        raise OrderNotFound
    if refund_window_closed(payment):
        raise RefundTooLate
    name = hashlib.sha256(f"{order_id}:{key}".encode()).hexdigest()[:24] if key else _FULL_REFUND_KEY
    news = name not in payment.refund_requests.as_dict() and (amount or 0) <= unrequested_balance(payment)
    learned = _try_sync_refunds(payment) if news and payment.status is PaymentStatus.CAPTURED else True
    audited = AuditedAction(caller.user_id, "payment.refund", reason, {"amount": amount, "request": name})
    settled = settle(order_id, RefundRequested(name, amount, payment_id), Source.ADMIN, audited=audited)
    if settled is None:
        raise OrderNotFound
    if settled.verdict is Verdict.REJECTED:
        raise _rejection_error(settled.payment, amount, payment_id)
    same = settled.payment.refund_requests.as_dict().get(name)
    if same and same["amount"] != amount:
        raise IdempotencyKeyReused
    return _try_execute(settled, name) if learned and settled.verdict is not Verdict.NO_CHANGE else settled


def refund_window_closed(payment: Payment) -> bool:
    return bool(clock.now() - (payment.captured_at or payment.created_at) > _REFUND_WINDOW)


def _try_sync_refunds(payment: Payment) -> bool:
    """What was given back at the gateway's own page is known before more of it is promised."""
    try:
        sync_refunds(payment.order_id, payment.payment_id)
    except (GatewayUnavailable, GatewayRejected):
        logger().warning("refunds not learned", exc_info=True, extra={"order_id": payment.order_id})
        return False
    return True


def _rejection_error(payment: Payment, amount: int | None, payment_id: str | None) -> Conflict:
    if payment.status is not PaymentStatus.CAPTURED or payment_id not in (None, payment.payment_id):
        return NotRefundable()
    return RefundLeavesTooLittle() if amount and amount < unrequested_balance(payment) else RefundTooLarge()


def _try_execute(settled: Settled, name: str) -> Settled:
    """Once; what is not answered is done by the sweep. Raises GatewayWillNot when a part was refused."""
    order_id = settled.payment.order_id
    ask = refund_primary if settled.payment.status in HOLDING_FUNDS else execute_due_refunds
    try:
        ask(settled.payment)
    except (GatewayUnavailable, GatewayRejected):
        logger().warning("refund left for the sweep", exc_info=True, extra={"order_id": order_id})
    stored = payments.get(order_id) or settled.payment
    if settled.verdict is Verdict.RECORDED and name not in stored.refund_requests.as_dict():
        raise RefundRejectedByGateway(stored.refund_refused)
    return Settled(settled.verdict, stored, settled.learning)
