"""Refunds that an admin requests, with a reason: recorded first, then requested from Razorpay."""

import hashlib
from typing import Final

from functions.payments.errors import (
    DisputeOpen,
    IdempotencyKeyRequired,
    NotRefundable,
    OrderNotFound,
    RefundLeavesTooLittle,
    RefundRejectedByGateway,
    RefundTooLarge,
    RefundTooLate,
)
from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.refunds.execute_refunds import (
    execute_due_refunds,
    is_primary_refund_due,
    refund_primary,
)
from functions.payments.refunds.sync_refunds import readable_payment, sync_refunds
from shared import clock
from shared.db.audit import AuditedAction
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.payments.payment_attributes import extra_captures, primary_capture, refund_requests
from shared.domain.lifecycle import PaymentStatus
from shared.errors import Conflict, GatewayUnavailable, IdempotencyKeyReused
from shared.gateways.razorpay import GatewayRejected
from shared.history_kinds import Source
from shared.observability import logger
from shared.settlement.balances import has_open_dispute, unrequested_balance
from shared.settlement.decision import Verdict
from shared.settlement.evidence import RefundRequested
from shared.settlement.rules.request_rules import gateway_refunds_until
from shared.settlement.settle import Settled, settle
from shared.tokens import Caller

_FULL_REFUND_KEY: Final = "all"


def request_refund(
    caller: Caller, order_id: str, amount: int | None, reason: str, key: str | None, payment_id: str | None = None
) -> Settled:
    """Records a refund request for `amount` (minor units; None: the whole remaining balance), then requests the refund
    from Razorpay once; the sweep retries it. A full refund ends the enrollment that the payment granted. `payment_id`
    is given for a payment on hold: it is refunded in full, and ends nothing. Of no other payment is it accepted, also
    not of the primary one: a payment that was accepted meanwhile must not end an enrollment by mistake.

    A partial refund needs an Idempotency-Key: the same key is the same refund, and a repetition requests it again if
    Razorpay has not made it. A rejection for now leaves the request open; one for good closes it. Raises OrderNotFound,
    IdempotencyKeyRequired, IdempotencyKeyReused, RefundUnreadable (a stored one), NotRefundable, DisputeOpen,
    RefundTooLarge, RefundLeavesTooLittle, RefundTooLate, RefundRejectedByGateway, PaymentContention,
    StoreUnavailable."""
    if amount is not None and not key:
        raise IdempotencyKeyRequired
    payment = readable_payment(order_id)
    if refund_window_closed(payment):
        raise RefundTooLate
    request = RefundRequested(_request_key(order_id, key), amount, payment_id)
    reads_refunds = _may_be_accepted(payment, request) or is_primary_refund_due(payment)
    synced = try_sync_refunds(payment) if reads_refunds else True
    settled = _record_request(caller, order_id, request, reason)
    is_due = settled.verdict is not Verdict.NO_CHANGE or is_primary_refund_due(settled.payment)
    settled = try_execute_refund(settled, on_hold=payment_id is not None) if synced and is_due else settled
    _require_not_closed(settled.payment, request)
    return settled


def refund_window_closed(payment: Payment) -> bool:
    """Whether Razorpay no longer accepts a refund of the payment."""
    return bool(clock.now() > gateway_refunds_until(payment))


def _request_key(order_id: str, idempotency_key: str | None) -> str:
    if not idempotency_key:
        return _FULL_REFUND_KEY
    return hashlib.sha256(f"{order_id}:{idempotency_key}".encode()).hexdigest()[:24]


def _may_be_accepted(payment: Payment, request: RefundRequested) -> bool:
    """Whether the request is new and, as far as known here, within the balance."""
    is_new = request.key not in refund_requests(payment)
    within_balance = (request.amount or 0) <= unrequested_balance(payment)
    return is_new and within_balance and payment.status is PaymentStatus.CAPTURED


def try_sync_refunds(payment: Payment) -> bool:
    """Records refunds that were made in Razorpay's dashboard, before more is promised. False when Razorpay does not
    answer, or one of them cannot be read."""
    try:
        sync_refunds(payment.order_id, payment.payment_id)
    except (GatewayUnavailable, GatewayRejected, MalformedPayload):
        logger().warning("refunds not synced", exc_info=True, extra={"order_id": payment.order_id})
        return False
    return True


def _record_request(caller: Caller, order_id: str, request: RefundRequested, reason: str) -> Settled:
    """Raises OrderNotFound, IdempotencyKeyReused, NotRefundable, DisputeOpen, RefundLeavesTooLittle, RefundTooLarge."""
    requested = {"amount": request.amount, "request": request.key}
    audited = AuditedAction(caller.user_id, "payment.refund", reason, requested)
    settled = settle(order_id, request, Source.ADMIN, audited=audited)
    if settled is None:
        raise OrderNotFound
    if settled.verdict is Verdict.REJECTED:
        raise _rejection_error(settled.payment, request)
    known = refund_requests(settled.payment).get(request.key)
    if known and known.amount != request.amount:
        raise IdempotencyKeyReused
    return settled


def _rejection_error(payment: Payment, request: RefundRequested) -> Conflict:
    held = extra_captures(payment).get(request.payment_id or "")
    if held and held.on_hold and request.amount is None and has_open_dispute(held):
        return DisputeOpen()
    if payment.status is not PaymentStatus.CAPTURED or request.payment_id is not None:
        return NotRefundable()
    if has_open_dispute(primary_capture(payment)):
        return DisputeOpen()
    leaves_too_little = request.amount and request.amount < unrequested_balance(payment)
    return RefundLeavesTooLittle() if leaves_too_little else RefundTooLarge()


def try_execute_refund(settled: Settled, *, on_hold: bool = False) -> Settled:
    """Requests the due refunds of the primary capture from Razorpay once, or (`on_hold`) those of the other captures
    too; the sweep retries them."""
    order_id = settled.payment.order_id
    try:
        if on_hold:
            execute_due_refunds(order_id)
        else:
            refund_primary(settled.payment)
    except (GatewayUnavailable, GatewayRejected, MalformedPayload):
        logger().warning("refund left for the sweep", exc_info=True, extra={"order_id": order_id})
    return Settled(settled.verdict, payments.get(order_id) or settled.payment, settled.learning)


def _require_not_closed(payment: Payment, request: RefundRequested) -> None:
    """Raises RefundRejectedByGateway when Razorpay rejected the request for good, now or earlier."""
    known = refund_requests(payment).get(request.key)
    if known and known.closed:
        raise RefundRejectedByGateway(known.rejection or "")
