"""Refunds that an admin made outside of Razorpay, because Razorpay rejects them, or no longer accepts them."""

from datetime import timedelta
from typing import Any, Final

from functions.payments.errors import (
    NotRefundable,
    OrderNotFound,
    ReferenceReused,
    RefundableAtGateway,
    RefundRequestNotOpen,
    RefundRequestOpen,
    RefundTooLarge,
)
from functions.payments.reconciliation import ledger_comparison
from functions.payments.refunds.request_refund import refund_window_closed
from functions.payments.refunds.sync_refunds import readable_payment, sync_refunds_for_admin
from functions.payments.schemas import ManualRefundIn
from shared import clock, seller_day
from shared.db.audit import AuditedAction
from shared.db.entities import Payment
from shared.db.payments.documents import number_series
from shared.db.payments.documents.number_series import RECEIPTS
from shared.db.payments.payment_attributes import extra_captures, primary_capture, refund_requests
from shared.domain.captures import CapturedPayment
from shared.domain.lifecycle import MANUAL_REFUND_PREFIX
from shared.history_kinds import Source
from shared.settlement.balances import refundable_balance
from shared.settlement.decision import Verdict
from shared.settlement.evidence import ManualRefund
from shared.settlement.settle import Settled, settle
from shared.tokens import Caller

_RESTORE_PERIOD: Final = timedelta(days=30)
"""How long after a restore its lost manual refunds may be recorded again."""


def record_manual_refund(caller: Caller, order_id: str, refund: ManualRefundIn) -> Settled:
    """Records a refund that was paid outside of Razorpay, which rejected it. Its `reference` is the bank's: the same
    one is the same refund. Razorpay's refunds are recorded first: one may have been created whose response was lost.

    Raises OrderNotFound, RefundUnreadable (one of Razorpay's, or a stored one), RefundableAtGateway, NotRefundable,
    RefundTooLarge, RefundRequestNotOpen, RefundRequestOpen, ReferenceReused, GatewayUnavailable, PaymentContention,
    StoreUnavailable."""
    payment = readable_payment(order_id)
    refunded_id = refund.payment_id or payment.payment_id or ""
    _require_captured(payment, refunded_id)
    if not (refund.made_before_restore and _was_restored_lately()):
        _require_no_refund_by_gateway(payment, refunded_id)
    sync_refunds_for_admin(order_id, refunded_id)
    evidence = ManualRefund(refunded_id, MANUAL_REFUND_PREFIX + refund.reference, refund.amount, refund.request)
    requested: dict[str, Any] = {"amount": refund.amount, "reference": refund.reference, "payment_id": refunded_id}
    if refund.request:
        requested["request"] = refund.request
    if refund.made_before_restore:
        requested["made_before_restore"] = True
    audited = AuditedAction(caller.user_id, "payment.returned_by_hand", refund.reason, requested)
    settled = settle(order_id, evidence, Source.ADMIN, audited=audited)
    if settled is None:
        raise OrderNotFound
    _require_recorded(settled, evidence)
    return settled


def _require_captured(payment: Payment, payment_id: str) -> None:
    """Raises NotRefundable."""
    if payment_id not in ledger_comparison.local_side(payment).captured:
        raise NotRefundable


def _require_no_refund_by_gateway(payment: Payment, payment_id: str) -> None:
    """Raises RefundableAtGateway unless Razorpay rejected a refund of the payment, or no longer accepts one."""
    if not _capture_of(payment, payment_id).rejection and not refund_window_closed(payment):
        raise RefundableAtGateway


def _was_restored_lately() -> bool:
    """Whether an older table was restored in the last 30 days. `recover` notes that with the receipt numbers that it
    voids. Raises StoreUnavailable."""
    now = clock.now()
    years = {seller_day.financial_year(now), seller_day.financial_year(now - _RESTORE_PERIOD)}
    counters = number_series.counters(RECEIPTS, sorted(years)).values()
    return any(now - voided.at <= _RESTORE_PERIOD for counter in counters for voided in number_series.voided(counter))


def _require_recorded(settled: Settled, evidence: ManualRefund) -> None:
    """Raises ReferenceReused, RefundTooLarge, RefundRequestNotOpen, RefundRequestOpen, NotRefundable."""
    capture = _capture_of(settled.payment, evidence.payment_id)
    known = capture.reversals.get(evidence.reference)
    if known and known.amount != evidence.amount:
        raise ReferenceReused
    if settled.verdict is not Verdict.REJECTED:
        return
    if not capture.amount:
        raise NotRefundable
    if evidence.amount > refundable_balance(capture):
        raise RefundTooLarge
    raise RefundRequestOpen if _answers_a_request(settled.payment, evidence) else RefundRequestNotOpen


def _answers_a_request(payment: Payment, evidence: ManualRefund) -> bool:
    """Whether the manual refund names no request, or one that it can answer."""
    if evidence.request_key is None:
        return True
    request = refund_requests(payment).get(evidence.request_key)
    return evidence.payment_id == payment.payment_id and request is not None and request.refund_id is None


def _capture_of(payment: Payment, payment_id: str) -> CapturedPayment:
    """The extra capture of that id, or the primary capture."""
    return extra_captures(payment).get(payment_id) or primary_capture(payment)
