"""Asking the gateway for money that is due back. Harmless to repeat: what it has given is read first."""

from collections.abc import Callable
from functools import partial
from typing import Final

from functions.payments import razorpay_evidence
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.domain.lifecycle import PaymentStatus
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.history_kinds import Source
from shared.observability import logger
from shared.settlement.balances import (
    HOLDING_FUNDS,
    Refunds,
    extra_captures,
    failed_count,
    open_requests,
    primary_capture,
    refund_due,
    unrequested_balance,
)
from shared.settlement.evidence import RefundRejected, RefundsUnchanged
from shared.settlement.settle import Settled, settle

_IN_PROGRESS: Final = 409
_MAY_BE_COMPLETE: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUNDED})


def execute_due_refunds(payment: Payment) -> str:
    """Asks the gateway for every refund that is due. Harmless to repeat: the gateway's refunds are read first, and each
    has a key that follows from its request, or from the payment, the amount, and how many refunds of it failed; so an
    answer that was lost cannot pay twice.

    https://razorpay.com/docs/api/refunds/ (X-Refund-Idempotency). Raises GatewayUnavailable, GatewayRefused."""
    told = f"refund_{payment.status.value}"
    asks: list[Callable[[], str]] = (
        [partial(_sync_and_refund_primary, payment)] if _may_have_unknown_refunds(payment) else []
    )
    asks += [partial(_sync_and_refund_extra, payment.order_id, payment_id) for payment_id in extra_captures(payment)]
    kept_back: list[GatewayUnavailable | GatewayRejected] = []
    for ask in asks:
        try:
            told = ask() or told
        except (GatewayUnavailable, GatewayRejected) as why:  # what is refused for good does not keep the others back
            kept_back.append(why)
    if kept_back:
        raise next((each for each in kept_back if isinstance(each, GatewayBusy)), kept_back[0])
    if payment.status in _MAY_BE_COMPLETE:
        settle(payment.order_id, RefundsUnchanged(), Source.SWEEP)
    return told


def _may_have_unknown_refunds(payment: Payment) -> bool:
    """Whether the gateway may know of refunds of the payment that counts that are not known here, or not as done."""
    return payment.status in HOLDING_FUNDS or bool(primary_capture(payment)["other_returns"])


def _sync_and_refund_primary(payment: Payment) -> str:
    sync_refunds(payment.order_id, payment.payment_id)
    return refund_primary(payment) if payment.status in HOLDING_FUNDS else ""


def refund_primary(payment: Payment) -> str:
    stored = payments.get(payment.order_id) or payment
    requests = stored.refund_requests.as_dict()
    for key, amount in open_requests(requests).items():
        _refund_part(payment, key, amount, requests[key].get("failed", 0))
    stored = payments.get(payment.order_id) or payment
    left = unrequested_balance(stored)
    if stored.status is not PaymentStatus.REFUND_PENDING or left <= 0:
        return f"refund_{stored.status.value}"
    settled = _refund_remaining(
        payment.order_id, payment.payment_id, left, stored.captured_amount, stored.refunds.as_dict()
    )
    return settled.verdict.value if settled else "gone"


def _refund_part(payment: Payment, key: str, amount: int, failed: int) -> None:
    """A part that is refused is no longer asked for: it would stand before everything else for ever."""
    try:
        made = razorpay.refund(payment.payment_id, amount, f"refund-{key}" + (f"-{failed}" if failed else ""))
    except GatewayRejected as refused:
        if refused.status == _IN_PROGRESS:
            raise
        logger().warning("a part is not given back", extra={"order_id": payment.order_id, "why": str(refused)})
        settle(payment.order_id, RefundRejected(payment.payment_id, key, str(refused)), Source.SWEEP)
    else:
        settle(payment.order_id, razorpay_evidence.from_refund(made, request_key=key), Source.SWEEP)


def _sync_and_refund_extra(order_id: str, payment_id: str) -> str:
    sync_refunds(order_id, payment_id)
    stored = payments.get(order_id)
    known = extra_captures(stored)[payment_id] if stored else None
    if known and refund_due(known):
        _refund_remaining(order_id, payment_id, refund_due(known), known["amount"], known["refunds"])
    return ""


def sync_refunds(order_id: str, payment_id: str) -> None:
    for known in razorpay.fetch_refunds_of(payment_id):
        settle(order_id, razorpay_evidence.from_refund(known), Source.SWEEP)


def _refund_remaining(order_id: str, payment_id: str, amount: int, captured: int, refunds: Refunds) -> Settled | None:
    """All that is left. The gateway takes a key for one amount alone, so another amount has another key."""
    failed = failed_count(refunds)
    key = f"refund-{payment_id}" + (f"-{failed}" if failed else "") + (f"-of-{amount}" if amount != captured else "")
    try:
        made = razorpay.refund(payment_id, amount, key)
    except GatewayRejected as refused:
        if refused.status != _IN_PROGRESS:
            settle(order_id, RefundRejected(payment_id, None, str(refused)), Source.SWEEP)
        raise
    return settle(order_id, razorpay_evidence.from_refund(made), Source.SWEEP)
