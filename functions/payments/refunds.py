"""Giving money back: what was paid twice or is no longer wanted, by itself; what an admin asks for, with a reason."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final

from functions.payments import events
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
from functions.payments.evidence import NothingNew, RefundRefused, RefundRequested, Source
from functions.payments.giving_back import (
    WITH_MONEY,
    Refunds,
    failures,
    left_to_refund,
    open_requests,
    own,
    surplus,
    to_ask_back,
)
from functions.payments.settle import Settled, settle
from shared import clock
from shared.db import payments
from shared.db.entities import Payment
from shared.db.payments import Audited
from shared.errors import Conflict, GatewayBusy, GatewayUnavailable, IdempotencyKeyReused
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRefused
from shared.lifecycle import PaymentStatus
from shared.observability import logger
from shared.tokens import Caller

_ALL: Final = "all"
_REFUNDABLE: Final = timedelta(days=180)
"""Razorpay gives nothing back of a payment older than six months."""
_IN_PROGRESS: Final = 409
_MAY_BE_OVER: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUNDED})


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
        raise _why_not(settled.payment, amount)
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
    told = f"refund_{payment.status.value}"
    asks: list[Callable[[], str]] = [partial(_give_back_own, payment)] if _has_more_to_tell(payment) else []
    asks += [partial(_give_back_surplus, payment.order_id, payment_id) for payment_id in surplus(payment)]
    kept_back: list[GatewayUnavailable | GatewayRefused] = []
    for ask in asks:
        try:
            told = ask() or told
        except (GatewayUnavailable, GatewayRefused) as why:  # what is refused for good does not keep the others back
            kept_back.append(why)
    if kept_back:
        raise next((each for each in kept_back if isinstance(each, GatewayBusy)), kept_back[0])
    if payment.status in _MAY_BE_OVER:
        settle(payment.order_id, NothingNew(), Source.SWEEP)
    return told


def _has_more_to_tell(payment: Payment) -> bool:
    """Whether the gateway may know of refunds of the payment that counts that are not known here, or not as done."""
    return payment.status in WITH_MONEY or bool(own(payment)["other_returns"])


def _give_back_own(payment: Payment) -> str:
    learn(payment.order_id, payment.payment_id)
    return _ask_for_own(payment) if payment.status in WITH_MONEY else ""


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


def _give_back_surplus(order_id: str, payment_id: str) -> str:
    learn(order_id, payment_id)
    stored = payments.get(order_id)
    known = surplus(stored)[payment_id] if stored else None
    if known and to_ask_back(known):
        _ask_whole(order_id, payment_id, to_ask_back(known), known["amount"], known["refunds"])
    return ""


def learn(order_id: str, payment_id: str) -> None:
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
