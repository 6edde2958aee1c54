"""Giving money back: what was paid twice or is no longer wanted, by itself; what an admin asks for, with a reason."""

import hashlib
from typing import Final

from functions.payments import events
from functions.payments.decision import Verdict
from functions.payments.errors import NotRefundable, OrderNotFound, RefundKeyMissing, RefundTooLarge
from functions.payments.evidence import RefundRequested, Source
from functions.payments.giving_back import (
    WITH_MONEY,
    Refunds,
    failures,
    left_of_surplus,
    left_to_refund,
    open_requests,
    surplus,
)
from functions.payments.settle import Settled, settle
from shared.db import payments
from shared.db.entities import Payment
from shared.db.payments import Audited
from shared.errors import GatewayUnavailable, IdempotencyKeyReused
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRefused
from shared.lifecycle import PaymentStatus
from shared.observability import logger
from shared.tokens import Caller

_ALL: Final = "all"


def request_refund(caller: Caller, order_id: str, amount: int | None, reason: str, key: str | None) -> Settled:
    """Writes down that `amount` (minor units; None: all that is left) is to be given back, then asks the gateway once;
    what it does not answer is done by the sweep. All that is left ends the enrollment that rests on the payment.

    A part needs an Idempotency-Key: the same key is the same refund. Raises OrderNotFound, RefundKeyMissing,
    IdempotencyKeyReused, NotRefundable, RefundTooLarge, StillChanging, StoreUnavailable."""
    if amount is not None and not key:
        raise RefundKeyMissing
    name = hashlib.sha256(f"{order_id}:{key}".encode()).hexdigest()[:24] if key else _ALL
    audited = Audited(caller.user_id, "payment.refund", reason, {"amount": amount, "request": name})
    settled = settle(order_id, RefundRequested(name, amount), Source.ADMIN, audited=audited)
    if settled is None:
        raise OrderNotFound
    if settled.verdict is Verdict.REFUSED:
        raise RefundTooLarge if settled.payment.status is PaymentStatus.CAPTURED else NotRefundable
    same = settled.payment.refund_requests.as_dict().get(name)
    if same and same["amount"] != amount:
        raise IdempotencyKeyReused
    return _try_now(settled)


def _try_now(settled: Settled) -> Settled:
    if settled.verdict is Verdict.KNOWN:
        return settled
    try:
        give_back(settled.payment)
    except (GatewayUnavailable, GatewayRefused):
        logger().warning("refund left for the sweep", exc_info=True, extra={"order_id": settled.payment.order_id})
    stored = payments.get(settled.payment.order_id) or settled.payment
    return Settled(settled.verdict, stored, settled.learning)


def give_back(payment: Payment) -> str:
    """Asks the gateway for every refund that is due. Harmless to repeat: the gateway's refunds are read first, and each
    has a key that follows from its request, or from the payment and how many refunds of it failed; so an answer that
    was lost cannot pay twice.

    https://razorpay.com/docs/api/refunds/ (X-Refund-Idempotency). Raises GatewayUnavailable, GatewayRefused."""
    done = _give_back_own(payment) if payment.status in WITH_MONEY else f"refund_{payment.status.value}"
    for payment_id in surplus(payment):
        _give_back_surplus(payment.order_id, payment_id)
    return done


def _give_back_own(payment: Payment) -> str:
    _learn(payment.order_id, payment.payment_id)
    stored = payments.get(payment.order_id) or payment
    for key, amount in open_requests(stored.refund_requests.as_dict()).items():
        made = razorpay.refund(payment.payment_id, amount, f"refund-{key}")
        settle(payment.order_id, events.of_refund(made, request=key), Source.SWEEP)
    stored = payments.get(payment.order_id) or payment
    left = left_to_refund(stored)
    if stored.status is not PaymentStatus.REFUND_PENDING or left <= 0:
        return f"refund_{stored.status.value}"
    settled = _ask_back(payment.order_id, payment.payment_id, left, stored.refunds.as_dict())
    return settled.verdict.value if settled else "gone"


def _give_back_surplus(order_id: str, payment_id: str) -> None:
    _learn(order_id, payment_id)
    stored = payments.get(order_id)
    known = surplus(stored)[payment_id] if stored else None
    if known and left_of_surplus(known) > 0:
        _ask_back(order_id, payment_id, left_of_surplus(known), known["refunds"])


def _learn(order_id: str, payment_id: str) -> None:
    for known in razorpay.fetch_refunds_of(payment_id):
        settle(order_id, events.of_refund(known), Source.SWEEP)


def _ask_back(order_id: str, payment_id: str, amount: int, refunds: Refunds) -> Settled | None:
    failed = failures(refunds)
    made = razorpay.refund(payment_id, amount, f"refund-{payment_id}" + (f"-{failed}" if failed else ""))
    return settle(order_id, events.of_refund(made), Source.SWEEP)
