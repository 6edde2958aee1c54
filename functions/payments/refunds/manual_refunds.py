"""Refunds that an admin made outside of Razorpay, because Razorpay rejects them, or no longer accepts them."""

from functions.payments.errors import (
    NotRefundable,
    OrderNotFound,
    ReferenceReused,
    RefundableAtGateway,
    RefundTooLarge,
)
from functions.payments.reconciliation import ledger_comparison
from functions.payments.refunds.execute_refunds import sync_refunds
from functions.payments.refunds.request_refund import refund_window_closed
from shared.db.audit import AuditedAction
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.payments.payment_attributes import extra_captures, primary_capture
from shared.domain.captures import CapturedPayment
from shared.domain.lifecycle import MANUAL_REFUND_PREFIX
from shared.history_kinds import Source
from shared.settlement.decision import Verdict
from shared.settlement.evidence import ManualRefund
from shared.settlement.settle import Settled, settle
from shared.tokens import Caller


def record_manual_refund(
    caller: Caller, order_id: str, payment_id: str | None, amount: int, reference: str, reason: str
) -> Settled:
    """Records that `amount` (minor units) was paid back outside of Razorpay, which rejected the refund. `reference` is
    the bank's: the same one is the same refund. `payment_id` is given for an extra capture. Razorpay's refunds are
    recorded first: one may have been created whose response was lost.

    Raises OrderNotFound, RefundableAtGateway, NotRefundable, RefundTooLarge, ReferenceReused, GatewayUnavailable,
    PaymentContention, StoreUnavailable."""
    payment = payments.get(order_id)
    if payment is None:
        raise OrderNotFound
    refunded_id = payment_id or payment.payment_id or ""
    _require_no_refund_by_gateway(payment, refunded_id)
    sync_refunds(order_id, refunded_id)
    evidence = ManualRefund(refunded_id, MANUAL_REFUND_PREFIX + reference, amount)
    requested = {"amount": amount, "reference": reference, "payment_id": refunded_id}
    audited = AuditedAction(caller.user_id, "payment.returned_by_hand", reason, requested)
    settled = settle(order_id, evidence, Source.ADMIN, audited=audited)
    if settled is None:
        raise OrderNotFound
    _require_recorded(settled, evidence)
    return settled


def _require_no_refund_by_gateway(payment: Payment, payment_id: str) -> None:
    """Raises NotRefundable for a payment that is not captured, and RefundableAtGateway unless Razorpay rejected a
    refund of it, or no longer accepts one."""
    if payment_id not in ledger_comparison.local_side(payment).captured:
        raise NotRefundable
    if not _capture_of(payment, payment_id).rejection and not refund_window_closed(payment):
        raise RefundableAtGateway


def _require_recorded(settled: Settled, evidence: ManualRefund) -> None:
    """Raises ReferenceReused, RefundTooLarge, NotRefundable."""
    capture = _capture_of(settled.payment, evidence.payment_id)
    known = capture.reversals.get(evidence.reference)
    if known and known.amount != evidence.amount:
        raise ReferenceReused
    if settled.verdict is Verdict.REJECTED:
        raise RefundTooLarge if capture.amount else NotRefundable


def _capture_of(payment: Payment, payment_id: str) -> CapturedPayment:
    """The extra capture of that id, or the primary capture."""
    return extra_captures(payment).get(payment_id) or primary_capture(payment)
