"""One look at a payment: what the gateway knows of its order, told as evidence."""

from collections.abc import Iterator
from dataclasses import replace

from functions.payments import events
from functions.payments.asking_back import give_back
from functions.payments.decision import Verdict, agrees
from functions.payments.evidence import Authorized, Captured, Evidence, NotCaptured, NothingPaid
from functions.payments.giving_back import ONCE_CAPTURED, surplus, to_ask_back
from functions.payments.settle import settle
from functions.payments.timers import put_off
from shared import clock
from shared.db import keys, payments, timers
from shared.db.entities import Payment
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRefused
from shared.history_kinds import Source
from shared.lifecycle import PaymentStatus


def look_at(payment: Payment) -> str:
    """What the look did. Raises GatewayUnavailable and GatewayRefused, after everything that could be told was told."""
    if payment.status in ONCE_CAPTURED:
        return give_back(payment)
    verdicts: list[Verdict] = []
    kept_back: GatewayUnavailable | GatewayRefused | None = None
    try:
        for evidence in _ask(payment):
            settled = settle(payment.order_id, evidence, Source.SWEEP)
            verdicts.append(settled.verdict if settled else Verdict.KNOWN)
    except (GatewayUnavailable, GatewayRefused) as why:
        kept_back = why
    if any(map(to_ask_back, surplus(payment).values())):
        give_back(payment)
    if kept_back:
        if verdicts:
            _look_soon(payment.order_id)
        raise kept_back
    return next((each.value for each in reversed(verdicts) if each is not Verdict.KNOWN), Verdict.KNOWN.value)


def _ask(payment: Payment) -> Iterator[Evidence]:
    """Captured money first, the right after other, and of the right what was given back last; then what went back
    uncaptured; then what is reserved.

    Right money that is reserved is captured on the way, unless the order is paid: the capture may be refused or not
    answered, and that keeps nothing else from being told. What this payment rests on is told to have gone back only
    after better money had its chance, and before other money takes its place."""
    known = [each for entity in razorpay.fetch_payments_of(payment.order_id) for each in events.of_payment(entity)]
    captured = [each for each in known if isinstance(each, Captured)]
    captured.sort(key=lambda each: (agrees(payment, each), each.more))
    refunds = [each for paid in captured for each in razorpay.fetch_refunds_of(paid.payment_id)]
    yield from (replace(each, more=each.more or each is not captured[-1]) for each in captured)
    yield from (events.of_refund(each) for each in refunds)
    gone = [each for each in known if isinstance(each, NotCaptured)]
    yield from (each for each in gone if each.payment_id != payment.payment_id)
    paid = any(agrees(payment, each) and each.payment_id not in surplus(payment) for each in captured)
    reserved = [each for each in known if isinstance(each, Authorized) and not paid]
    right = [each for each in reserved if agrees(payment, each)][:1]
    kept_back: GatewayUnavailable | GatewayRefused | None = None
    for each in right:
        try:
            yield from _capture(each)
        except (GatewayUnavailable, GatewayRefused) as why:
            kept_back = why
    yield from (each for each in gone if each.payment_id == payment.payment_id)
    if isinstance(kept_back, GatewayUnavailable):
        yield from right
    yield from (each for each in reserved if not agrees(payment, each))
    if kept_back:
        raise kept_back
    if not paid and not reserved:
        uncaptured = payment.payment_id not in [each.payment_id for each in captured]
        lost = payment.status is PaymentStatus.AUTHORIZED and uncaptured
        yield NotCaptured(payment.payment_id) if lost else NothingPaid()


def _capture(reserved: Authorized) -> tuple[Evidence, ...]:
    told = razorpay.capture(reserved.payment_id, reserved.amount, reserved.currency)
    return events.of_payment(told) or (reserved,)


def _look_soon(order_id: str) -> None:
    """What was told may have moved the timer by a day, and the gateway still owes an answer."""
    stored = payments.get(order_id)
    if stored is None or stored.gsi2sk is None:
        return
    due, soon = clock.parse(stored.gsi2sk), put_off(stored.updated_at, clock.now())
    if soon < due:
        timers.put_off(keys.payment(order_id), due, soon)
