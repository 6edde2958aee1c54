"""Asking the gateway for money that is due back. Harmless to repeat: what it has given is read first."""

from collections.abc import Callable
from functools import partial
from typing import Final

from functions.payments import events
from functions.payments.evidence import NothingNew, RefundRefused
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
from shared.db import payments
from shared.db.entities import Payment
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRefused
from shared.history_kinds import Source
from shared.lifecycle import PaymentStatus
from shared.observability import logger

_IN_PROGRESS: Final = 409
_MAY_BE_OVER: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUNDED})


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
    return ask_for_own(payment) if payment.status in WITH_MONEY else ""


def ask_for_own(payment: Payment) -> str:
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
