"""One look at a payment: what the gateway knows of its order, told as evidence."""

from collections.abc import Iterator
from dataclasses import replace

from functions.payments import razorpay_evidence
from functions.payments.refunds.execute_refunds import execute_due_refunds
from shared import clock
from shared.db import due_index
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.table import keys
from shared.domain.lifecycle import PaymentStatus
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.history_kinds import Source
from shared.settlement.balances import EVER_CAPTURED, extra_captures, refund_due
from shared.settlement.decision import Verdict, amount_matches
from shared.settlement.evidence import AuthorizationVoided, Authorized, Captured, Evidence, NoPaymentFound
from shared.settlement.poll_schedule import backoff_until
from shared.settlement.settle import settle


def poll_order(payment: Payment) -> str:
    """What the look did. Raises GatewayUnavailable and GatewayRefused, after everything that could be told was told."""
    if payment.status in EVER_CAPTURED:
        return execute_due_refunds(payment)
    verdicts: list[Verdict] = []
    kept_back: GatewayUnavailable | GatewayRejected | None = None
    try:
        for evidence in _fetch_evidence(payment):
            settled = settle(payment.order_id, evidence, Source.SWEEP)
            verdicts.append(settled.verdict if settled else Verdict.NO_CHANGE)
    except (GatewayUnavailable, GatewayRejected) as why:
        kept_back = why
    if any(map(refund_due, extra_captures(payment).values())):
        execute_due_refunds(payment)
    if kept_back:
        if verdicts:
            _poll_soon(payment.order_id)
        raise kept_back
    return next((each.value for each in reversed(verdicts) if each is not Verdict.NO_CHANGE), Verdict.NO_CHANGE.value)


def _fetch_evidence(payment: Payment) -> Iterator[Evidence]:
    """Captured money first, the right after other, and of the right what was given back last; then what went back
    uncaptured; then what is reserved.

    Right money that is reserved is captured on the way, unless the order is paid: the capture may be refused or not
    answered, and that keeps nothing else from being told. What this payment rests on is told to have gone back only
    after better money had its chance, and before other money takes its place."""
    known = [
        each
        for entity in razorpay.fetch_payments_of(payment.order_id)
        for each in razorpay_evidence.from_payment(entity)
    ]
    captured = [each for each in known if isinstance(each, Captured)]
    captured.sort(key=lambda each: (amount_matches(payment, each), each.has_pending_evidence))
    refunds = [each for paid in captured for each in razorpay.fetch_refunds_of(paid.payment_id)]
    yield from (
        replace(each, has_pending_evidence=each.has_pending_evidence or each is not captured[-1]) for each in captured
    )
    yield from (razorpay_evidence.from_refund(each) for each in refunds)
    gone = [each for each in known if isinstance(each, AuthorizationVoided)]
    yield from (each for each in gone if each.payment_id != payment.payment_id)
    paid = any(amount_matches(payment, each) and each.payment_id not in extra_captures(payment) for each in captured)
    reserved = [each for each in known if isinstance(each, Authorized) and not paid]
    right = [each for each in reserved if amount_matches(payment, each)][:1]
    kept_back: GatewayUnavailable | GatewayRejected | None = None
    for each in right:
        try:
            yield from _capture(each)
        except (GatewayUnavailable, GatewayRejected) as why:
            kept_back = why
    yield from (each for each in gone if each.payment_id == payment.payment_id)
    if isinstance(kept_back, GatewayUnavailable):
        yield from right
    yield from (each for each in reserved if not amount_matches(payment, each))
    if kept_back:
        raise kept_back
    if not paid and not reserved:
        uncaptured = payment.payment_id not in [each.payment_id for each in captured]
        lost = payment.status is PaymentStatus.AUTHORIZED and uncaptured
        yield AuthorizationVoided(payment.payment_id) if lost else NoPaymentFound()


def _capture(reserved: Authorized) -> tuple[Evidence, ...]:
    told = razorpay.capture(reserved.payment_id, reserved.amount, reserved.currency)
    return razorpay_evidence.from_payment(told) or (reserved,)


def _poll_soon(order_id: str) -> None:
    """What was told may have moved the timer by a day, and the gateway still owes an answer."""
    stored = payments.get(order_id)
    if stored is None or stored.gsi2sk is None:
        return
    due, soon = clock.parse(stored.gsi2sk), backoff_until(stored.updated_at, clock.now())
    if soon < due:
        due_index.reschedule(keys.payment(order_id), due, soon)
