"""What an admin returned without the gateway, because it would not do it, or no longer can."""

from functions.payments import books
from functions.payments.asking_back import learn
from functions.payments.decision import Verdict
from functions.payments.errors import (
    NotRefundable,
    OrderNotFound,
    ReferenceReused,
    RefundableAtGateway,
    RefundTooLarge,
)
from functions.payments.evidence import ReturnedByHand
from functions.payments.giving_back import own, surplus
from functions.payments.refunds import too_late
from functions.payments.settle import Settled, settle
from shared.db import payments
from shared.db.audit import Audited
from shared.history_kinds import Source
from shared.lifecycle import MANUAL_REFUND_PREFIX
from shared.tokens import Caller


def returned_by_hand(
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
    beside = surplus(payment).get(whose)
    refused = beside.get("refused") if beside else payment.refund_refused
    if not refused and not too_late(payment):
        raise RefundableAtGateway
    if whose in books.here(payment).captured:
        learn(order_id, whose)
    evidence = ReturnedByHand(whose, MANUAL_REFUND_PREFIX + reference, amount)
    asked = {"amount": amount, "reference": reference, "payment_id": whose}
    audited = Audited(caller.user_id, "payment.returned_by_hand", reason, asked)
    settled = settle(order_id, evidence, Source.ADMIN, audited=audited)
    if settled is None:
        raise OrderNotFound
    kept = surplus(settled.payment).get(whose) or own(settled.payment)
    known = kept["other_returns"].get(evidence.reference)
    if known and known["amount"] != amount:
        raise ReferenceReused
    if settled.verdict is Verdict.REFUSED:
        raise RefundTooLarge if kept["amount"] else NotRefundable
    return settled
