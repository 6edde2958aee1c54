"""Requests every due refund from Razorpay. Safe to repeat: the refunds that Razorpay knows are read first."""

from collections.abc import Callable, Iterator
from functools import partial

from functions.payments import razorpay_evidence
from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.refunds.rejections import has_other_body, is_final, is_in_progress
from functions.payments.refunds.sync_refunds import settle_refund, sync_refunds
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.payments.payment_attributes import extra_captures, primary_capture, refund_requests
from shared.domain.captures import CapturedPayment, RefundRequest, RefundRequests
from shared.domain.lifecycle import PaymentStatus
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected, Json
from shared.observability import emit_metrics, logger
from shared.settlement.balances import (
    HOLDING_FUNDS,
    due_extra_refund,
    has_open_dispute,
    open_requests,
    unrequested_balance,
)
from shared.settlement.decision import Verdict
from shared.settlement.evidence import Refunded, RefundRejected


def execute_due_refunds(order_id: str) -> list[Verdict]:
    """Requests every due refund of the order from Razorpay, and returns the verdicts. Safe to repeat, also after a lost
    response: before a refund is requested, Razorpay's refunds of that payment are read, and each refund has an
    idempotency key that follows from its request, or from the payment, the amount, and how many refunds of it are
    recorded that answer no request.

    A rejection of a refund is recorded, and blocks no other. https://razorpay.com/docs/api/refunds/
    (X-Refund-Idempotency). Raises GatewayUnavailable, GatewayRejected while a refund with the same key is in progress,
    or when Razorpay rejects to list the refunds, and MalformedPayload when a refund of a capture cannot be read: no
    refund of that capture is requested."""
    verdicts: list[Verdict] = []
    errors: list[GatewayUnavailable | GatewayRejected | MalformedPayload] = []
    for refund_capture in _refund_steps(payments.get(order_id)):
        try:
            verdicts += refund_capture()
        except (GatewayUnavailable, GatewayRejected, MalformedPayload) as error:
            errors.append(error)
    if errors:
        raise next((error for error in errors if isinstance(error, GatewayBusy)), errors[0])
    return verdicts


def _refund_steps(payment: Payment | None) -> Iterator[Callable[[], list[Verdict]]]:
    """One step for each capture with a due refund."""
    if payment is None:
        return
    if is_primary_refund_due(payment):
        yield partial(_sync_and_refund_primary, payment)
    for payment_id, capture in extra_captures(payment).items():
        if due_extra_refund(capture):
            yield partial(_sync_and_refund_extra, payment.order_id, payment_id)


def is_primary_refund_due(payment: Payment) -> bool:
    """Whether Razorpay has still to be asked for a refund of the primary capture. While a dispute of it is open, its
    refunds wait."""
    if has_open_dispute(primary_capture(payment)):
        return False
    if payment.status is PaymentStatus.REFUND_PENDING and unrequested_balance(payment) > 0:
        return True
    return payment.status in HOLDING_FUNDS and bool(open_requests(refund_requests(payment)))


def _sync_and_refund_primary(payment: Payment) -> list[Verdict]:
    return [*sync_refunds(payment.order_id, payment.payment_id), *refund_primary(payment)]


def refund_primary(payment: Payment) -> list[Verdict]:
    """Requests the partial refunds that admins requested, then the remaining balance if it is due. While a dispute of
    the payment is open, all of them wait. Raises GatewayUnavailable, GatewayRejected."""
    verdicts: list[Verdict] = []
    stored = payments.get(payment.order_id) or payment
    if has_open_dispute(primary_capture(stored)):
        return verdicts
    for key, request in open_requests(refund_requests(stored)).items():
        verdicts.append(_refund_part(payment, key, request))
    stored = payments.get(payment.order_id) or payment
    balance = unrequested_balance(stored)
    if stored.status is PaymentStatus.REFUND_PENDING and balance > 0:
        primary, requests = primary_capture(stored), refund_requests(stored)
        verdicts.append(_request_refund_of_capture(payment.order_id, payment.payment_id, balance, primary, requests))
    return verdicts


def _refund_part(payment: Payment, key: str, request: RefundRequest) -> Verdict:
    """Requests the refund of a request. If its idempotency key was used for another capture, which was the sale in a
    table that an older one replaced, the refunds of the other captures are read: they change the key."""
    try:
        refund = _post_refund_of_request(payment.payment_id, key, request)
    except GatewayRejected as error:
        if has_other_body(error) and (renamed := _with_extra_refunds(payment.order_id, key, request)):
            return _refund_part(payment, key, renamed)
        return _record_rejection(payment.order_id, payment.payment_id, key, error)
    return settle_refund(payment.order_id, _read_created(refund, key))


def _with_extra_refunds(order_id: str, key: str, request: RefundRequest) -> RefundRequest | None:
    """Records the refunds of the other captures, and returns the request if it has another idempotency key now. Raises
    GatewayUnavailable, GatewayRejected, MalformedPayload."""
    stored = payments.get(order_id)
    for payment_id in extra_captures(stored) if stored else ():
        sync_refunds(order_id, payment_id)
    stored = payments.get(order_id)
    found = open_requests(refund_requests(stored)).get(key) if stored else None
    return found if found and found.failed > request.failed else None


def _post_refund_of_request(payment_id: str, key: str, request: RefundRequest) -> Json:
    """The notes of the refund contain the key of the request, so that the refund answers the request wherever it is
    found. A refund that version 0.2.0 requested has none: only a request without notes returns it, and Razorpay rejects
    another one with the same idempotency key."""
    idempotency_key = f"refund-{key}" + (f"-{request.failed}" if request.failed else "")
    try:
        return razorpay.refund(payment_id, request.amount, idempotency_key, razorpay_evidence.notes_for(key))
    except GatewayRejected as error:
        if not has_other_body(error):
            raise
    return razorpay.refund(payment_id, request.amount, idempotency_key)


def _sync_and_refund_extra(order_id: str, payment_id: str) -> list[Verdict]:
    verdicts = sync_refunds(order_id, payment_id)
    stored = payments.get(order_id)
    capture = extra_captures(stored).get(payment_id) if stored else None
    if capture and due_extra_refund(capture):
        verdicts.append(_request_refund_of_capture(order_id, payment_id, due_extra_refund(capture), capture, {}))
    return verdicts


def _request_refund_of_capture(
    order_id: str, payment_id: str, amount: int, capture: CapturedPayment, requests: RefundRequests
) -> Verdict:
    """Requests a refund of the remaining balance of `capture`, whose known refunds were recorded just before.
    `requests` are those of the capture."""
    key = _rest_refund_key(payment_id, amount, capture, requests)
    try:
        refund = razorpay.refund(payment_id, amount, key)
    except GatewayRejected as error:
        return _record_rejection(order_id, payment_id, None, error)
    return settle_refund(order_id, _read_created(refund))


def _rest_refund_key(payment_id: str, amount: int, capture: CapturedPayment, requests: RefundRequests) -> str:
    """The idempotency key of a refund of the remaining balance. Each one has a key of its own, because a balance may be
    due again: after a failed refund, or a dispute that is won after all. It contains how many refunds are recorded that
    answer no request: that number stays the same until this refund itself is recorded, also when a requested part is
    recorded in between, so that a repetition after a lost response has the same key. Razorpay accepts a key for one
    amount only.

    Earlier versions counted the failed refunds, without "after": after a rollback they compute no key that was used
    here for another refund, and the reverse."""
    answers = {id_ for request in requests.values() for id_ in (request.refund_id, *request.failed_refunds)}
    earlier = len(capture.refunds.keys() - answers)
    key = f"refund-{payment_id}" + (f"-after-{earlier}" if earlier else "")
    return key + (f"-of-{amount}" if amount != capture.amount else "")


def _read_created(refund: Json, request_key: str | None = None) -> Refunded:
    """The evidence in Razorpay's answer to a request for a refund. Raises MalformedPayload: the refund may have been
    made, and the next poll reads it from the list."""
    try:
        return razorpay_evidence.from_refund(refund, request_key=request_key)
    except (KeyError, TypeError, AttributeError) as error:
        raise MalformedPayload("the refund that was requested cannot be read") from error


def _record_rejection(order_id: str, payment_id: str, key: str | None, error: GatewayRejected) -> Verdict:
    """Records the rejection, which is logged each time, and counted when it is a new one. Raises GatewayRejected when
    the refund is in progress."""
    if is_in_progress(error):
        raise error
    final = is_final(error)
    logger().warning("refund rejected", extra={"order_id": order_id, "why": str(error), "for_good": final})
    verdict = settle_refund(order_id, RefundRejected(payment_id, key, str(error), final))
    if verdict.is_written:
        emit_metrics("refunds", {"refunds_rejected": 1})
    return verdict
