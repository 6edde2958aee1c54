"""Reads the refunds of a payment: those that Razorpay knows, which it records, and the stored ones."""

from collections.abc import Iterator

from functions.payments import razorpay_evidence
from functions.payments.errors import OrderNotFound, RefundUnreadable
from functions.payments.razorpay_evidence import MalformedPayload
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.payments.learner_requests import learner_request
from shared.db.payments.payment_attributes import (
    extra_captures,
    primary_capture,
    refund_requests,
    unresolved_payments,
)
from shared.db.table.unreadable_items import READ_ERRORS
from shared.gateways import razorpay
from shared.history_kinds import Source
from shared.observability import emit_metrics, logger
from shared.settlement.decision import Verdict
from shared.settlement.evidence import Refunded, RefundRejected
from shared.settlement.settle import settle


class UnreadableRefunds(MalformedPayload):
    """Razorpay has a refund in a form that it does not document."""


def readable_payment(order_id: str, payer_id: str | None = None) -> Payment:
    """The payment of the order, all of whose captures, refunds, requests and disputes can be read.

    Raises OrderNotFound (also if `payer_id` is given, and another learner pays), RefundUnreadable, StoreUnavailable."""
    try:
        payment = payments.get(order_id)
        if payment is None or payer_id not in (None, payment.user_id):
            raise OrderNotFound
        primary_capture(payment)
        extra_captures(payment)
        refund_requests(payment)
        unresolved_payments(payment)
        learner_request(payment)
    except READ_ERRORS as error:
        _report_unreadable(order_id)
        raise RefundUnreadable from error
    return payment


def sync_refunds(order_id: str, payment_id: str) -> list[Verdict]:
    """Records every refund of the payment that Razorpay knows. Raises GatewayUnavailable, GatewayRejected, and
    UnreadableRefunds once every readable refund is recorded."""
    return [settle_refund(order_id, refund) for refund in fetch_refunds(order_id, payment_id)]


def sync_refunds_for_admin(order_id: str, payment_id: str) -> None:
    """Records every refund of the payment that Razorpay knows, before an admin's decision about the same money. If one
    of them cannot be read, none is recorded: the amount that is left is unknown. Raises RefundUnreadable,
    GatewayUnavailable, GatewayRejected."""
    try:
        refunds = list(fetch_refunds(order_id, payment_id))
    except UnreadableRefunds as error:
        raise RefundUnreadable from error
    for refund in refunds:
        settle_refund(order_id, refund)


def fetch_refunds(order_id: str, payment_id: str) -> Iterator[Refunded]:
    """Every refund of the payment that Razorpay knows, those that failed first: a request whose first refund failed is
    then answered by its second one. Raises GatewayUnavailable, GatewayRejected, and UnreadableRefunds after the last
    readable refund if another one cannot be read: it may be the one that is about to be requested."""
    readable, unreadable = list[Refunded](), list[str]()
    for entity in razorpay.fetch_refunds_of(payment_id):
        try:
            readable.append(razorpay_evidence.from_refund(entity))
        except (KeyError, TypeError, ValueError, AttributeError):
            unreadable.append(razorpay_evidence.entity_id(entity))
            _report_unreadable(order_id, payment_id=payment_id, refund=unreadable[-1])
    yield from sorted(readable, key=lambda refund: not refund.status.has_failed)
    if unreadable:
        raise UnreadableRefunds(f"unreadable refunds: {', '.join(unreadable)}")


def settle_refund(order_id: str, evidence: Refunded | RefundRejected) -> Verdict:
    settled = settle(order_id, evidence, Source.SWEEP)
    return settled.verdict if settled else Verdict.NO_CHANGE


def _report_unreadable(order_id: str, **named: str) -> None:
    """Logs the error that is being handled, and counts it."""
    logger().exception("unreadable refund", extra={"code": "refund_unreadable", "order_id": order_id, **named})
    emit_metrics("refunds", {"refunds_unreadable": 1})
