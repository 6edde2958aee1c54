"""Polls Razorpay about one order, and applies what it reports as evidence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from functions.payments import razorpay_evidence
from functions.payments.refunds.execute_refunds import execute_due_refunds
from shared import clock
from shared.db import due_index
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.payments.payment_attributes import extra_captures
from shared.db.table import keys
from shared.domain.lifecycle import PaymentStatus
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.history_kinds import Source
from shared.settlement.balances import EVER_CAPTURED, due_extra_refund
from shared.settlement.decision import Verdict, amount_matches
from shared.settlement.evidence import (
    AuthorizationVoided,
    Authorized,
    Captured,
    Evidence,
    NoPaymentFound,
    Refunded,
)
from shared.settlement.poll_schedule import backoff_until
from shared.settlement.settle import settle


@dataclass(frozen=True)
class GatewayOrder:
    """What Razorpay reports about an order. `captured` is in the order in which it is applied: mismatched amounts
    first, and of the matching ones a refunded one last. `refunds` are those of the captured payments."""

    captured: list[Captured]
    refunds: list[Refunded]
    voided: list[AuthorizationVoided]
    authorized: list[Authorized]

    def is_paid(self, payment: Payment) -> bool:
        """Whether a payment of the right amount was captured that is not an extra capture."""
        extras = extra_captures(payment)
        return any(amount_matches(payment, each) and each.payment_id not in extras for each in self.captured)


@dataclass(frozen=True)
class CaptureResult:
    """What capturing an authorized payment proved, and the error by which Razorpay did not answer or rejected it."""

    evidence: list[Evidence]
    error: GatewayUnavailable | GatewayRejected | None = None


def poll_order(payment: Payment) -> str:
    """Polls the order, and returns what was done. Of a captured order, only the refunds are synced and requested.
    Raises GatewayUnavailable and GatewayRejected, after all evidence that Razorpay did report was applied."""
    if payment.status in EVER_CAPTURED:
        return execute_due_refunds(payment)
    verdicts: list[Verdict] = []
    error: GatewayUnavailable | GatewayRejected | None = None
    try:
        for evidence in _fetch_evidence(payment):
            settled = settle(payment.order_id, evidence, Source.SWEEP)
            verdicts.append(settled.verdict if settled else Verdict.NO_CHANGE)
    except (GatewayUnavailable, GatewayRejected) as failure:
        error = failure
    if any(map(due_extra_refund, extra_captures(payment).values())):
        execute_due_refunds(payment)
    if error:
        if verdicts:
            _poll_soon(payment.order_id)
        raise error
    return _last_change(verdicts).value


def _last_change(verdicts: list[Verdict]) -> Verdict:
    changes = (verdict for verdict in reversed(verdicts) if verdict is not Verdict.NO_CHANGE)
    return next(changes, Verdict.NO_CHANGE)


def _fetch_evidence(payment: Payment) -> Iterator[Evidence]:
    """Yields evidence in a safe order: 1. captures, mismatched amounts first; 2. refunds; 3. voided authorizations of
    other payments; 4. our capture of a matching authorization; 5. a void of *this* payment, so that a replacement can
    take over the access first; 6. a matching authorization whose capture was not answered, and mismatched ones;
    7. without any of these, NoPaymentFound, or a void if the payment was authorized.

    Each piece is applied before the next is fetched. Raises GatewayUnavailable and GatewayRejected at the end when our
    capture was not answered, or rejected: all other evidence is applied nevertheless."""
    order = _fetch_order(payment)
    yield from _evidence_before_capture(payment, order)
    capture = _capture_matching(payment, order)
    yield from capture.evidence
    yield from _evidence_after_capture(payment, order, capture)
    if capture.error:
        raise capture.error


def _fetch_order(payment: Payment) -> GatewayOrder:
    entities = razorpay.fetch_payments_of(payment.order_id)
    reported = [evidence for entity in entities for evidence in razorpay_evidence.from_payment(entity)]
    captured = [evidence for evidence in reported if isinstance(evidence, Captured)]
    captured.sort(key=lambda capture: (amount_matches(payment, capture), capture.has_pending_evidence))
    return GatewayOrder(
        captured,
        _fetch_refunds(captured),
        [evidence for evidence in reported if isinstance(evidence, AuthorizationVoided)],
        [evidence for evidence in reported if isinstance(evidence, Authorized)],
    )


def _fetch_refunds(captured: Iterable[Captured]) -> list[Refunded]:
    entities = [entity for capture in captured for entity in razorpay.fetch_refunds_of(capture.payment_id)]
    return [razorpay_evidence.from_refund(entity) for entity in entities]


def _evidence_before_capture(payment: Payment, order: GatewayOrder) -> list[Evidence]:
    """Captures and their refunds, and the voided authorizations of other payments. Each capture announces the evidence
    that follows it."""
    captures = [replace(capture, has_pending_evidence=True) for capture in order.captured[:-1]]
    others = [void for void in order.voided if void.payment_id != payment.payment_id]
    return [*captures, *order.captured[-1:], *order.refunds, *others]


def _capture_matching(payment: Payment, order: GatewayOrder) -> CaptureResult:
    """Captures the first authorization of the right amount, unless the order is paid."""
    matching = _matching_authorization(payment, order)
    if matching is None:
        return CaptureResult([])
    try:
        return CaptureResult(list(_capture(matching)))
    except GatewayRejected as error:
        return CaptureResult([], error)
    except GatewayUnavailable as error:
        return CaptureResult([], error)


def _evidence_after_capture(payment: Payment, order: GatewayOrder, capture: CaptureResult) -> list[Evidence]:
    """A void of this payment; an authorization whose capture was not answered; mismatched authorizations. Without a
    matching capture or any authorization: NoPaymentFound, or a void if this payment was authorized."""
    voids = [void for void in order.voided if void.payment_id == payment.payment_id]
    if order.is_paid(payment):
        return [*voids]
    matching = _matching_authorization(payment, order)
    pending = [matching] if matching and isinstance(capture.error, GatewayUnavailable) else []
    mismatched = [each for each in order.authorized if not amount_matches(payment, each)]
    absent = [] if order.authorized else [_no_payment_or_void(payment, order)]
    return [*voids, *pending, *mismatched, *absent]


def _matching_authorization(payment: Payment, order: GatewayOrder) -> Authorized | None:
    """The authorization of the right amount that is to be captured; None when the order is paid."""
    if order.is_paid(payment):
        return None
    return next((each for each in order.authorized if amount_matches(payment, each)), None)


def _no_payment_or_void(payment: Payment, order: GatewayOrder) -> Evidence:
    """Razorpay reports no payment that could still be captured. An authorization that it no longer reports is void."""
    captured_ids = [capture.payment_id for capture in order.captured]
    if payment.status is PaymentStatus.AUTHORIZED and payment.payment_id not in captured_ids:
        return AuthorizationVoided(payment.payment_id)
    return NoPaymentFound()


def _capture(authorized: Authorized) -> tuple[Evidence, ...]:
    entity = razorpay.capture(authorized.payment_id, authorized.amount, authorized.currency)
    return razorpay_evidence.from_payment(entity) or (authorized,)


def _poll_soon(order_id: str) -> None:
    """The applied evidence may have delayed the next poll by a day, and Razorpay still owes an answer."""
    stored = payments.get(order_id)
    if stored is None or stored.next_poll_at is None:
        return
    due, soon = stored.next_poll_at, backoff_until(stored.updated_at, clock.now())
    if soon < due:
        due_index.reschedule(keys.payment(order_id), due, soon)
