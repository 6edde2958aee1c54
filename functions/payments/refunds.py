"""Giving money back: what was paid twice or is no longer wanted, by itself; what an admin asks for, with a reason."""

import hashlib
from datetime import timedelta
from typing import Final

from functions.payments import events
from functions.payments.decision import Verdict
from functions.payments.errors import (
    GatewayWillNot,
    NotRefundable,
    OrderNotFound,
    ReferenceReused,
    RefundableAtGateway,
    RefundKeyMissing,
    RefundLeavesTooLittle,
    RefundTooLarge,
    RefundTooLate,
)
from functions.payments.evidence import RefundRefused, RefundRequested, RefundStatus, ReturnedByHand, Source
from functions.payments.giving_back import (
    WITH_MONEY,
    Refunds,
    failures,
    left_to_refund,
    open_requests,
    own,
    surplus,
    to_ask_back,
    total,
)
from functions.payments.settle import Settled, settle
from shared import clock
from shared.db import payments
from shared.db.entities import Payment
from shared.db.payments import Audited
from shared.errors import Conflict, GatewayUnavailable, IdempotencyKeyReused
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRefused
from shared.lifecycle import PaymentStatus
from shared.observability import logger
from shared.tokens import Caller

_ALL: Final = "all"
_REFUNDABLE: Final = timedelta(days=180)
"""Razorpay gives nothing back of a payment older than six months."""
_IN_PROGRESS: Final = 409


def request_refund(caller: Caller, order_id: str, amount: int | None, reason: str, key: str | None) -> Settled:
    """Writes down that `amount` (minor units; None: all that is left) is to be given back, then asks the gateway once;
    what it does not answer is done by the sweep. All that is left ends the enrollment that rests on the payment; of an
    order that was paid with another amount it is what was held.

    A part needs an Idempotency-Key: the same key is the same refund. Raises OrderNotFound, RefundKeyMissing,
    IdempotencyKeyReused, NotRefundable, RefundTooLarge, RefundLeavesTooLittle, RefundTooLate, GatewayWillNot,
    StillChanging, StoreUnavailable."""
    if amount is not None and not key:
        raise RefundKeyMissing
    payment = payments.get(order_id)
    if payment is None:
        raise OrderNotFound
    if _too_late(payment):
        raise RefundTooLate
    name = hashlib.sha256(f"{order_id}:{key}".encode()).hexdigest()[:24] if key else _ALL
    news = name not in payment.refund_requests.as_dict() and (amount or 0) <= left_to_refund(payment)
    learned = _learn_if_answered(payment) if news and payment.status is PaymentStatus.CAPTURED else True
    audited = Audited(caller.user_id, "payment.refund", reason, {"amount": amount, "request": name})
    settled = settle(order_id, RefundRequested(name, amount), Source.ADMIN, audited=audited)
    if settled is None:
        raise OrderNotFound
    if settled.verdict is Verdict.REFUSED:
        raise _why_not(settled.payment, amount)
    same = settled.payment.refund_requests.as_dict().get(name)
    if same and same["amount"] != amount:
        raise IdempotencyKeyReused
    return _try_now(settled, name) if learned and settled.verdict is not Verdict.KNOWN else settled


def returned_by_hand(
    caller: Caller, order_id: str, payment_id: str | None, amount: int, reference: str, reason: str
) -> Settled:
    """Writes down that `amount` (minor units) was returned without the gateway, which would not do it: `reference` is
    the bank's, and the same one is the same return. `payment_id` is one captured beside the payment that counts.

    Raises OrderNotFound, RefundableAtGateway, NotRefundable, RefundTooLarge, ReferenceReused, StillChanging,
    StoreUnavailable."""
    payment = payments.get(order_id)
    if payment is None:
        raise OrderNotFound
    if not payment.refund_refused and not _too_late(payment):
        raise RefundableAtGateway
    evidence = ReturnedByHand(payment_id or payment.payment_id or "", reference, amount)
    asked = {"amount": amount, "reference": reference, "payment_id": evidence.payment_id}
    audited = Audited(caller.user_id, "payment.returned_by_hand", reason, asked)
    settled = settle(order_id, evidence, Source.ADMIN, audited=audited, read=payment)
    if settled is None:
        raise OrderNotFound
    kept = surplus(settled.payment).get(evidence.payment_id) or own(settled.payment)
    known = kept["other_returns"].get(reference)
    if known and known["amount"] != amount:
        raise ReferenceReused
    if settled.verdict is Verdict.REFUSED:
        raise RefundTooLarge if kept["amount"] else NotRefundable
    return settled


def _too_late(payment: Payment) -> bool:
    return bool(clock.now() - (payment.captured_at or payment.created_at) > _REFUNDABLE)


def _learn_if_answered(payment: Payment) -> bool:
    """What was given back at the gateway's own page is known before more of it is promised."""
    try:
        _learn(payment.order_id, payment.payment_id)
    except (GatewayUnavailable, GatewayRefused):
        logger().warning("refunds not learned", exc_info=True, extra={"order_id": payment.order_id})
        return False
    return True


def _why_not(payment: Payment, amount: int | None) -> Conflict:
    left = left_to_refund(payment)
    if payment.status is not PaymentStatus.CAPTURED:
        return NotRefundable()
    return RefundLeavesTooLittle() if amount and amount < left else RefundTooLarge()


def _try_now(settled: Settled, name: str) -> Settled:
    """Once; what is not answered is done by the sweep. Raises GatewayWillNot when a part was refused."""
    order_id = settled.payment.order_id
    ask = _ask_for_own if settled.payment.status in WITH_MONEY else give_back
    try:
        ask(settled.payment)
    except (GatewayUnavailable, GatewayRefused):
        logger().warning("refund left for the sweep", exc_info=True, extra={"order_id": order_id})
    stored = payments.get(order_id) or settled.payment
    if settled.verdict is Verdict.RECORDED and name not in stored.refund_requests.as_dict():
        raise GatewayWillNot(stored.refund_refused)
    return Settled(settled.verdict, stored, settled.learning)


def give_back(payment: Payment) -> str:
    """Asks the gateway for every refund that is due. Harmless to repeat: the gateway's refunds are read first, and each
    has a key that follows from its request, or from the payment, the amount, and how many refunds of it failed; so an
    answer that was lost cannot pay twice.

    https://razorpay.com/docs/api/refunds/ (X-Refund-Idempotency). Raises GatewayUnavailable, GatewayRefused."""
    try:
        under_way = total(payment.refunds.as_dict(), RefundStatus.PENDING) > 0
        if payment.status in WITH_MONEY or under_way:
            _learn(payment.order_id, payment.payment_id)
        return _ask_for_own(payment) if payment.status in WITH_MONEY else f"refund_{payment.status.value}"
    finally:
        for payment_id in surplus(payment):
            _give_back_surplus(payment.order_id, payment_id)


def _ask_for_own(payment: Payment) -> str:
    stored = payments.get(payment.order_id) or payment
    requests = stored.refund_requests.as_dict()
    for key, amount in open_requests(requests).items():
        _ask_for_part(payment, key, amount, requests[key].get("failed", 0))
    stored = payments.get(payment.order_id) or payment
    left = left_to_refund(stored)
    if stored.status is not PaymentStatus.REFUND_PENDING or left <= 0:
        return f"refund_{stored.status.value}"
    settled = _ask_whole(payment.order_id, payment.payment_id, left, stored.captured_amount, stored.refunds.as_dict())
    return settled.verdict.value if settled else "gone"


def _ask_for_part(payment: Payment, key: str, amount: int, failed: int) -> None:
    """A part that is refused is no longer asked for: it would stand before everything else for ever."""
    try:
        made = razorpay.refund(payment.payment_id, amount, f"refund-{key}" + (f"-{failed}" if failed else ""))
    except GatewayRefused as refused:
        if refused.status == _IN_PROGRESS:
            raise
        logger().warning("a part is not given back", extra={"order_id": payment.order_id, "why": str(refused)})
        settle(payment.order_id, RefundRefused(payment.payment_id, key, str(refused)), Source.SWEEP)
    else:
        settle(payment.order_id, events.of_refund(made, request=key), Source.SWEEP)


def _give_back_surplus(order_id: str, payment_id: str) -> None:
    _learn(order_id, payment_id)
    stored = payments.get(order_id)
    known = surplus(stored)[payment_id] if stored else None
    if known and to_ask_back(known):
        _ask_whole(order_id, payment_id, to_ask_back(known), known["amount"], known["refunds"])


def _learn(order_id: str, payment_id: str) -> None:
    for known in razorpay.fetch_refunds_of(payment_id):
        settle(order_id, events.of_refund(known), Source.SWEEP)


def _ask_whole(order_id: str, payment_id: str, amount: int, captured: int, refunds: Refunds) -> Settled | None:
    """All that is left. The gateway takes a key for one amount alone, so another amount has another key."""
    failed = failures(refunds)
    key = f"refund-{payment_id}" + (f"-{failed}" if failed else "") + (f"-of-{amount}" if amount != captured else "")
    try:
        made = razorpay.refund(payment_id, amount, key)
    except GatewayRefused as refused:
        if refused.status != _IN_PROGRESS:
            settle(order_id, RefundRefused(payment_id, None, str(refused)), Source.SWEEP)
        raise
    return settle(order_id, events.of_refund(made), Source.SWEEP)
