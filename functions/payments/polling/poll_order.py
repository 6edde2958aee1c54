"""Polls Razorpay about one order, whatever its status, and applies what it reports as evidence."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from functions.payments import razorpay_evidence
from functions.payments.disputes.open_disputes import fetch_open_disputes
from functions.payments.polling.gateway_order import GatewayOrder, fetch_gateway_order
from functions.payments.razorpay_evidence import MalformedPayload
from functions.payments.refunds.execute_refunds import execute_due_refunds
from functions.payments.refunds.sync_refunds import fetch_refunds
from shared import clock
from shared.db import due_index
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.table import keys
from shared.domain.lifecycle import PaymentStatus
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected, Json
from shared.history_kinds import Source
from shared.settlement.balances import EVER_CAPTURED
from shared.settlement.decision import Verdict
from shared.settlement.evidence import AuthorizationVoided, Authorized, Evidence, NoPaymentFound
from shared.settlement.poll_schedule import backoff_until
from shared.settlement.settle import settle

PollError = GatewayUnavailable | GatewayRejected | MalformedPayload


@dataclass(frozen=True)
class CaptureResult:
    """What capturing an authorized payment proved, and the error by which Razorpay did not answer or rejected it."""

    evidence: list[Evidence]
    error: GatewayUnavailable | GatewayRejected | None = None


class _Poll:
    """The verdicts of one poll, and the errors of Razorpay or in what it lists. An error ends one step only."""

    def __init__(self, order_id: str) -> None:
        self.verdicts: list[Verdict] = []
        self.errors: list[PollError] = []
        self._order_id = order_id

    def apply(self, evidence: Iterable[Evidence]) -> None:
        """Applies each piece of evidence before the next is fetched."""

        def settle_each() -> Iterator[Verdict]:
            for each in evidence:
                settled = settle(self._order_id, each, Source.SWEEP)
                yield settled.verdict if settled else Verdict.NO_CHANGE

        self.run(settle_each)

    def run(self, step: Callable[[], Iterable[Verdict]]) -> None:
        try:
            for verdict in step():
                self.verdicts.append(verdict)
        except (GatewayUnavailable, GatewayRejected, MalformedPayload) as error:
            self.errors.append(error)

    def last_change(self) -> Verdict:
        changes = (verdict for verdict in reversed(self.verdicts) if verdict is not Verdict.NO_CHANGE)
        return next(changes, Verdict.NO_CHANGE)


def poll_order(payment: Payment, listed: list[Json] | None = None, *, requests_refunds: bool = True) -> str:
    """Polls the order in any status, requests its due refunds, and returns the verdict of the last change. `listed` are
    Razorpay's payment entities of the order, if the caller has fetched them already. Without `requests_refunds`, due
    refunds stay due.

    The evidence is applied in a safe order: 1. captures, unexplained amounts first; 2. refunds; 3. voided
    authorizations of other payments; 4. our capture of an accepted authorization; 5. a void of *this* payment, so that
    a replacement can take over the access first; 6. an accepted authorization whose capture was not answered, and
    mismatched ones; 7. without any of these, NoPaymentFound, or a void if the payment was authorized; 8. the open
    disputes, whose end lets refunds go on.

    Raises GatewayUnavailable, GatewayRejected and MalformedPayload (of a refund), after all evidence that Razorpay did
    report was applied. Raises PaymentContention, StoreUnavailable."""
    order = fetch_gateway_order(payment, listed)
    poll = _Poll(payment.order_id)
    poll.apply(_captures(order))
    for payment_id in order.payments_with_unrecorded_refunds(payment):
        poll.apply(fetch_refunds(payment.order_id, payment_id))
    poll.apply(void for void in order.voided if void.payment_id != payment.payment_id)
    poll.apply(_capture_and_conclude(payment, order))
    poll.apply(fetch_open_disputes(payment))
    if requests_refunds:
        poll.run(lambda: execute_due_refunds(payment.order_id))
    if poll.errors:
        if poll.verdicts:
            _poll_soon(payment.order_id)
        raise _most_urgent(poll.errors)
    poll.apply([order.completed])
    return poll.last_change().value


def _captures(order: GatewayOrder) -> list[Evidence]:
    """Each capture announces the evidence that follows it."""
    captures = [replace(capture, has_pending_evidence=True) for capture in order.captured[:-1]]
    return [*captures, *order.captured[-1:]]


def _capture_and_conclude(payment: Payment, order: GatewayOrder) -> Iterator[Evidence]:
    """What capturing proves, and what follows from it. Raises GatewayUnavailable and GatewayRejected at the end when
    our capture was not answered, or rejected: all other evidence is applied nevertheless."""
    capture = _capture_accepted(payment, order)
    yield from capture.evidence
    yield from _evidence_after_capture(payment, order, capture)
    if capture.error:
        raise capture.error


def _capture_accepted(payment: Payment, order: GatewayOrder) -> CaptureResult:
    """Captures the first authorization of an accepted amount, unless the order is paid."""
    accepted = order.authorization_to_capture(payment)
    if accepted is None:
        return CaptureResult([])
    try:
        return CaptureResult(list(_capture(accepted)))
    except (GatewayUnavailable, GatewayRejected) as error:
        return CaptureResult([], error)


def _evidence_after_capture(payment: Payment, order: GatewayOrder, capture: CaptureResult) -> list[Evidence]:
    """A void of this payment; an authorization whose capture was not answered; mismatched authorizations. Of a paid
    order: all authorizations, because Razorpay may capture them too. Without a capture of an accepted amount or an
    authorization to wait for: NoPaymentFound, or a void if this payment was authorized."""
    if payment.status in EVER_CAPTURED:
        return [*order.authorized]
    voids = [void for void in order.voided if void.payment_id == payment.payment_id]
    if order.is_paid(payment):
        return [*voids, *order.authorized]
    accepted = order.authorization_to_capture(payment)
    pending = [accepted] if accepted and isinstance(capture.error, GatewayUnavailable) else []
    absent = [] if order.has_deciding_authorization(payment) else [_no_payment_or_void(payment, order)]
    return [*voids, *pending, *order.mismatched_authorizations(payment), *absent]


def _no_payment_or_void(payment: Payment, order: GatewayOrder) -> Evidence:
    """Razorpay reports no payment that could still be captured. An authorization that ended, or that Razorpay does not
    know, is void."""
    if payment.status is PaymentStatus.AUTHORIZED and order.is_void(payment.payment_id):
        return AuthorizationVoided(payment.payment_id)
    return NoPaymentFound()


def _capture(authorized: Authorized) -> tuple[Evidence, ...]:
    entity = razorpay.capture(authorized.payment_id, authorized.amount, authorized.currency)
    return razorpay_evidence.from_payment(entity) or (authorized,)


def _most_urgent(errors: list[PollError]) -> PollError:
    """GatewayBusy if Razorpay reported it: the sweep pauses its polls then. Otherwise the first error."""
    return next((error for error in errors if isinstance(error, GatewayBusy)), errors[0])


def _poll_soon(order_id: str) -> None:
    """The applied evidence may have delayed the next poll by a day, and Razorpay still owes an answer."""
    stored = payments.get(order_id)
    if stored is None or stored.next_poll_at is None:
        return
    due, soon = stored.next_poll_at, backoff_until(stored.updated_at, clock.now())
    if soon < due:
        due_index.reschedule(keys.payment(order_id), due, soon)
