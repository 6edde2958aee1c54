"""Requests every due refund from Razorpay. Safe to repeat: the refunds that Razorpay knows are read first."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from functions.payments import razorpay_evidence
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.payments.payment_attributes import extra_captures, primary_capture, refund_requests
from shared.domain.captures import CapturedPayment, RefundRequest
from shared.domain.lifecycle import PaymentStatus
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.history_kinds import Source
from shared.observability import logger
from shared.settlement.balances import (
    HOLDING_FUNDS,
    due_extra_refund,
    failed_count,
    open_requests,
    unrequested_balance,
)
from shared.settlement.evidence import RefundRejected, RefundsUnchanged
from shared.settlement.settle import Settled, settle

_IN_PROGRESS: Final = 409
"""Razorpay is still processing a request with the same idempotency key."""
_MAY_BE_COMPLETE: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUNDED})


def execute_due_refunds(payment: Payment) -> str:
    """Requests every due refund from Razorpay. Safe to repeat, also after a lost response: Razorpay's refunds are read
    first, and each refund has an idempotency key that follows from its request, or from the payment, the amount, and
    how many refunds of it failed.

    Returns a label for the sweep report: the state of the primary refund. Refunds of extra captures are not counted.
    https://razorpay.com/docs/api/refunds/ (X-Refund-Idempotency). Raises GatewayUnavailable, GatewayRejected."""
    result = f"refund_{payment.status.value}"
    errors: list[GatewayUnavailable | GatewayRejected] = []
    for execute in _refund_steps(payment):
        try:
            result = execute() or result
        except (GatewayUnavailable, GatewayRejected) as error:  # a rejected refund must not block the others
            errors.append(error)
    if errors:
        raise next((error for error in errors if isinstance(error, GatewayBusy)), errors[0])
    if payment.status in _MAY_BE_COMPLETE:
        settle(payment.order_id, RefundsUnchanged(), Source.SWEEP)
    return result


def _refund_steps(payment: Payment) -> Iterator[Callable[[], str]]:
    """One step per capture; each step decides itself whether anything is due."""
    if _may_have_unknown_refunds(payment):
        yield partial(_sync_and_refund_primary, payment)
    for payment_id in extra_captures(payment):
        yield partial(_sync_and_refund_extra, payment.order_id, payment_id)


def _may_have_unknown_refunds(payment: Payment) -> bool:
    """Whether Razorpay may know of refunds of the primary capture that are not recorded here, or not as processed."""
    return payment.status in HOLDING_FUNDS or bool(primary_capture(payment).reversals)


def _sync_and_refund_primary(payment: Payment) -> str:
    sync_refunds(payment.order_id, payment.payment_id)
    return refund_primary(payment) if payment.status in HOLDING_FUNDS else ""


def refund_primary(payment: Payment) -> str:
    """Requests the partial refunds that admins requested, then the remaining balance if it is due. Raises
    GatewayUnavailable, GatewayRejected."""
    stored = payments.get(payment.order_id) or payment
    for key, request in open_requests(refund_requests(stored)).items():
        _refund_part(payment, key, request)
    stored = payments.get(payment.order_id) or payment
    balance = unrequested_balance(stored)
    if stored.status is not PaymentStatus.REFUND_PENDING or balance <= 0:
        return f"refund_{stored.status.value}"
    settled = _request_refund_of_capture(payment.order_id, payment.payment_id, balance, primary_capture(stored))
    return settled.verdict.value if settled else "gone"


def _refund_part(payment: Payment, key: str, request: RefundRequest) -> None:
    """A partial refund that Razorpay rejects is dropped; retrying it would block every later refund."""
    idempotency_key = f"refund-{key}" + (f"-{request.failed}" if request.failed else "")
    try:
        refund = razorpay.refund(payment.payment_id, request.amount, idempotency_key)
    except GatewayRejected as error:
        if error.status == _IN_PROGRESS:
            raise
        logger().warning("partial refund rejected", extra={"order_id": payment.order_id, "why": str(error)})
        settle(payment.order_id, RefundRejected(payment.payment_id, key, str(error)), Source.SWEEP)
    else:
        settle(payment.order_id, razorpay_evidence.from_refund(refund, request_key=key), Source.SWEEP)


def _sync_and_refund_extra(order_id: str, payment_id: str) -> str:
    sync_refunds(order_id, payment_id)
    stored = payments.get(order_id)
    capture = extra_captures(stored)[payment_id] if stored else None
    if capture and due_extra_refund(capture):
        _request_refund_of_capture(order_id, payment_id, due_extra_refund(capture), capture)
    return ""


def sync_refunds(order_id: str, payment_id: str) -> None:
    """Records every refund of the payment that Razorpay knows. Raises GatewayUnavailable, GatewayRejected."""
    for refund in razorpay.fetch_refunds_of(payment_id):
        settle(order_id, razorpay_evidence.from_refund(refund), Source.SWEEP)


def _request_refund_of_capture(order_id: str, payment_id: str, amount: int, capture: CapturedPayment) -> Settled | None:
    """Requests a refund of the remaining balance. Razorpay accepts an idempotency key for one amount only, so the key
    of another amount is another one."""
    failed = failed_count(capture.refunds)
    key = f"refund-{payment_id}" + (f"-{failed}" if failed else "")
    key += f"-of-{amount}" if amount != capture.amount else ""
    try:
        refund = razorpay.refund(payment_id, amount, key)
    except GatewayRejected as error:
        if error.status != _IN_PROGRESS:
            settle(order_id, RefundRejected(payment_id, None, str(error)), Source.SWEEP)
        raise
    return settle(order_id, razorpay_evidence.from_refund(refund), Source.SWEEP)
