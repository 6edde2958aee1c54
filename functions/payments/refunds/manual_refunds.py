"""What an admin returned without the gateway, because it would not do it, or no longer can."""

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
from shared.db.payments import payments
from shared.domain.lifecycle import MANUAL_REFUND_PREFIX
from shared.history_kinds import Source
from shared.settlement.balances import extra_captures, primary_capture
from shared.settlement.decision import Verdict
from shared.settlement.evidence import ManualRefund
from shared.settlement.settle import Settled, settle
from shared.tokens import Caller


def record_manual_refund(
    caller: Caller, order_id: str, payment_id: str | None, amount: int, reference: str, reason: str
) -> Settled:
    """Writes down that `amount` (minor units) was returned without the gateway, which would not do it: `reference` is
    the bank's, and the same one is the same return. `payment_id` is one captured beside the payment that counts. The
    gateway is asked for its refunds first: one may have been made whose answer was lost.

    Raises OrderNotFound, RefundableAtGateway, NotRefundable, RefundTooLarge, ReferenceReused, GatewayUnavailable,
    StillChanging, StoreUnavailable."""
    payment = payments.get(order_id)
    if payment is None:
        raise OrderNotFound
    whose = payment_id or payment.payment_id or ""
    beside = extra_captures(payment).get(whose)
    refused = beside.get("refused") if beside else payment.refund_refused
    if not refused and not refund_window_closed(payment):
        raise RefundableAtGateway
    if whose in ledger_comparison.local_side(payment).captured:
        sync_refunds(order_id, whose)
    evidence = ManualRefund(whose, MANUAL_REFUND_PREFIX + reference, amount)
    asked = {"amount": amount, "reference": reference, "payment_id": whose}
    audited = AuditedAction(caller.user_id, "payment.returned_by_hand", reason, asked)
    settled = settle(order_id, evidence, Source.ADMIN, audited=audited)
    if settled is None:
        raise OrderNotFound
    kept = extra_captures(settled.payment).get(whose) or primary_capture(settled.payment)
    known = kept["other_returns"].get(evidence.reference)
    if known and known["amount"] != amount:
        raise ReferenceReused
    if settled.verdict is Verdict.REJECTED:
        raise RefundTooLarge if kept["amount"] else NotRefundable
    return settled
