"""Planted bugs: small mutations of the product, each a mistake somebody has made somewhere. A simulation that does not
find them proves nothing.

Each is a function that says what to put in the place of what, while the bug is planted.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Final
from unittest.mock import patch

from greenlet import getcurrent

from functions.enrollments import admin
from functions.enrollments import service as enrolling_service
from functions.payments import adopt, decide, orders, refunds, settle, sweep, timers, verify, webhook
from functions.payments.decide import KNOWN, Verdict
from functions.payments.evidence import (
    AttemptFailed,
    Captured,
    DisputeLost,
    NothingPaid,
    Refunded,
    RefundStatus,
    SignedCheckout,
    Source,
)
from shared import clock
from shared.db import changes, enrollments, payments
from shared.db.base import Item
from shared.db.transaction import Transaction
from shared.enrolling import cancellation
from shared.errors import DomainError, GatewayUnavailable
from shared.gateways import razorpay
from shared.lifecycle import EnrollmentStatus, PaymentStatus, Reason

Change = tuple[Any, Any, Any]
"""(object, attribute, what it is meanwhile); of a dict: (dict, key, value)."""


def rejects_money_for_failed_orders() -> list[Change]:
    return [(decide, "_OPEN", frozenset({PaymentStatus.PENDING, PaymentStatus.AUTHORIZED}))]


def keeps_a_duplicate() -> list[Change]:
    """What was paid twice is captured and stays so."""
    return [_rule(Captured, lambda given: _if(given, Verdict.TO_REFUND, status=PaymentStatus.CAPTURED, reason=None))]


def expires_without_condition() -> list[Change]:
    """The expiry writes over whatever has come meanwhile."""
    written, put = payments.settle, Transaction.put
    expiring: set[object] = set()
    over = Item.pk.exists() | Item.pk.does_not_exist()

    def careless(*given: Any) -> Any:
        if NothingPaid.__name__ not in given:
            return written(*given)
        expiring.add(getcurrent())
        try:
            return written(*given)
        finally:
            expiring.discard(getcurrent())

    def as_read(kind: Any, item: Any) -> Any:
        return over if getcurrent() in expiring else changes.as_read(kind, item)

    def put_over(self: Transaction, label: str, item: Any, condition: Any = None) -> None:
        put(self, label, item, over if getcurrent() in expiring else condition)

    return [
        (payments, "settle", careless),
        (payments, "as_read", as_read),
        (enrollments, "as_read", as_read),
        (Transaction, "put", put_over),
    ]


def expires_without_asking() -> list[Change]:
    def ask(payment: Any) -> list[Any]:
        return [NothingPaid()] if payment.status is PaymentStatus.PENDING else asked(payment)

    asked = sweep._ask
    return [(sweep, "_ask", ask), *_last_looks()]


def adopts_nothing() -> list[Change]:
    return [(webhook, "adopt", lambda _: adopt.Adoption.NOT_OURS)]


def writes_the_inbox_first() -> list[Change]:
    """A crash between the row and the effect loses the event for ever."""

    def take(key: str, message: Any) -> str:
        if message.order_id and webhook._keep(key, message, "received") == "seen_before":
            return "seen_before"
        for evidence in message.evidence:
            if settle.settle(message.order_id, evidence, Source.WEBHOOK) is None:
                adopt.adopt(message.order_id)
                settle.settle(message.order_id, evidence, Source.WEBHOOK)
        return "done"

    return [(webhook, "_take", take)]


def sweeps_only_what_is_pending() -> list[Change]:
    look = sweep._look_at_payment
    return [
        (sweep, "_look_at_payment", lambda payment: look(payment) if payment.status is PaymentStatus.PENDING else "no")
    ]


def ends_any_enrollment_with_a_refund() -> list[Change]:
    """A refund of one order takes the access that another one paid."""

    def ends(given: Any, payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        if given.verdict is Verdict.REFUNDED and enrollment and enrollment.status.gives_access:
            return replace(given, enrollment=cancellation(Reason.REFUNDED, now))
        return given

    return [_after(Refunded, ends)]


def captures_again_after_a_refund() -> list[Change]:
    return [(decide, "_OPEN", decide._OPEN | {PaymentStatus.REFUNDED})]


def takes_a_checkout_for_money() -> list[Change]:
    """A signature proves that the payment is authorised, not that it is captured."""

    def captured(given: Any, payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        if given.verdict is not Verdict.GRANTED:
            return given
        ours = {"status": PaymentStatus.CAPTURED, "captured_amount": payment.amount, "captured_at": now}
        return replace(given, payment={**given.payment, **ours, **timers.no_timer()})

    return [_after(SignedCheckout, captured)]


def forgets_what_is_only_authorised() -> list[Change]:
    def unwatched(given: Any, *_: Any) -> Any:
        return replace(given, payment={**given.payment, **timers.no_timer()}) if given.payment else given

    return [_after(SignedCheckout, unwatched)]


def ends_with_a_failed_attempt() -> list[Change]:
    """One attempt failed, so the order is given up; Razorpay allows the next on the same order."""

    def ended(given: Any, payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        if given.verdict is not Verdict.RECORDED or not enrollment or enrollment.order_id != payment.order_id:
            return given
        lost = {"status": PaymentStatus.FAILED, "reason": Reason.NOT_WANTED, **timers.next_look(payment, now)}
        return replace(given, payment=lost, enrollment=cancellation(Reason.WITHDRAWN, now))

    return [_after(AttemptFailed, ended)]


def swallows_an_unclear_event() -> list[Change]:
    """The gateway is down, so it is told that all is well."""

    def unknown(key: str, message: Any) -> str:
        try:
            adoption = adopt.adopt(message.order_id)
        except GatewayUnavailable:
            return webhook._keep(key, message, "unclear")
        if adoption is adopt.Adoption.ADOPTED:
            return webhook._take(key, message)
        return webhook._keep(key, message, "not_ours")

    return [(webhook, "_unknown_order", unknown)]


def acknowledges_what_failed() -> list[Change]:
    take = webhook._take

    def hurried(key: str, message: Any) -> str:
        try:
            return take(key, message)
        except DomainError:
            return "failed"

    return [(webhook, "_take", hurried)]


def refunds_what_was_captured_not_what_is_left() -> list[Change]:
    return [(refunds, "left_to_refund", lambda payment: payment.captured_amount)]


def refunds_with_a_new_key_each_time() -> list[Change]:
    """And does not ask first what was refunded already."""
    made: list[int] = []

    def refund(payment_id: str, amount: int, key: str) -> Any:
        made.append(amount)
        return asked(payment_id, amount, f"{key}-{len(made)}")

    asked = razorpay.refund
    return [(razorpay, "refund", refund), (razorpay, "fetch_refunds_of", lambda _: [])]


def forgets_the_order_it_replaces() -> list[Change]:
    """The old order is failed and never looked at again, though it can be paid."""

    def replaced(enrollment: Any, now: Any) -> Any:
        found = superseded(enrollment, now)
        return found and (found[0], {**found[1], **timers.no_timer()})

    superseded = orders._superseded
    return [(orders, "_superseded", replaced)]


def makes_an_order_for_every_click() -> list[Change]:
    return [(orders, "_still_payable", lambda *_: False)]


def gives_no_course_for_late_money() -> list[Change]:
    return [(decide, "_GRANTS_AGAIN", frozenset())]


def expires_while_it_can_be_paid() -> list[Change]:
    def early(given: Any, payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        over = nothing_paid(payment, enrollment, evidence, max(now, payment.window_ends_at))
        return over if payment.status is PaymentStatus.PENDING else given

    nothing_paid = decide._RULES[NothingPaid]
    return [_after(NothingPaid, early)]


def counts_a_refund_for_every_message() -> list[Change]:
    """refund.created and refund.processed of one refund are two."""

    def twice(payment: Any, enrollment: Any, evidence: Any, now: Any) -> Any:
        again = replace(evidence, refund_id=f"{evidence.refund_id}{payment.version}", status=RefundStatus.PROCESSED)
        return refunded(payment, enrollment, again, now)

    refunded = decide._RULES[Refunded]
    return [(decide._RULES, Refunded, twice)]


def overlooks_a_lost_dispute() -> list[Change]:
    return [(decide._RULES, DisputeLost, lambda *_: KNOWN)]


def believes_any_amount() -> list[Change]:
    return [(decide, "_agrees", lambda *_: True)]


def never_captures() -> list[Change]:
    return [(sweep, "_capture", lambda *_: [])]


def verifies_for_anybody() -> list[Change]:
    def careless(caller: Any, order_id: str, payment_id: str, signature: str) -> Any:
        payment = payments.get(order_id)
        return checked(replace(caller, user_id=payment.user_id) if payment else caller, order_id, payment_id, signature)

    from functions.payments import service

    checked = verify.verify
    return [(service, "verify", careless)]


def believes_any_signature() -> list[Change]:
    return [(verify, "checkout_signed", lambda *_: True)]


def revokes_and_keeps_the_money() -> list[Change]:
    return [(admin, "_money_back", lambda _: None)]


def lets_a_paid_learner_withdraw() -> list[Change]:
    """And keeps what was paid."""
    withdraw = enrolling_service.withdraw

    def leave(caller: Any, course_id: str) -> Any:
        found = enrolling_service.mine(caller, course_id)
        if found.enrollment.status is not EnrollmentStatus.ACTIVE:
            return withdraw(caller, course_id)
        now, why = clock.now(), enrollments.Cause("withdrawn", "learner")
        enrollments.end(found.enrollment, cancellation(Reason.WITHDRAWN, now), why, now)
        return enrolling_service.mine(caller, course_id)

    return [(enrolling_service, "withdraw", leave)]


def overlooks_a_capture_while_access_is_taken() -> list[Change]:
    """Taking access from a payment that is only authorised does not notice that it is captured just then."""
    found = admin._money_back

    def money_back(enrollment: Any) -> Any:
        step = found(enrollment)
        return step if step and step[1] else None

    return [(admin, "_money_back", money_back)]


def believes_a_returned_payment_again() -> list[Change]:
    return [(decide, "_returned", lambda _: [])]


def _rule(kind: type, turned: Callable[[Any], Any]) -> Change:
    return _after(kind, lambda given, *_: turned(given))


def _after(kind: type, turned: Callable[..., Any]) -> Change:
    rule = decide._RULES[kind]
    return decide._RULES, kind, lambda *given: turned(rule(*given), *given)


def _if(given: Any, verdict: Verdict, **instead: Any) -> Any:
    if given.verdict is not verdict:
        return given
    return replace(given, payment={**given.payment, **instead, **timers.no_timer()})


def _last_looks() -> list[Change]:
    """Expired is expired: nothing is looked at afterwards either."""
    return [(sweep, "_look_at_payment", _only_pending(sweep._look_at_payment))]


def _only_pending(look: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda payment: "over" if payment.status is PaymentStatus.FAILED else look(payment)


@contextmanager
def _planted(what: list[Change]) -> Iterator[None]:
    with ExitStack() as stack:
        for owner, name, instead in what:
            if isinstance(owner, dict):
                stack.enter_context(patch.dict(owner, {name: instead}))
            else:
                stack.enter_context(patch.object(owner, name, instead))
        yield


def planted(name: str) -> Any:
    """A context in which the bug of that name is in the product."""
    return _planted(MUTANTS[name]())


MUTANTS: Final[dict[str, Callable[[], list[Change]]]] = {
    each.__name__.replace("_", " "): each
    for each in (
        rejects_money_for_failed_orders,
        keeps_a_duplicate,
        expires_without_condition,
        expires_without_asking,
        adopts_nothing,
        writes_the_inbox_first,
        sweeps_only_what_is_pending,
        ends_any_enrollment_with_a_refund,
        captures_again_after_a_refund,
        takes_a_checkout_for_money,
        forgets_what_is_only_authorised,
        ends_with_a_failed_attempt,
        swallows_an_unclear_event,
        acknowledges_what_failed,
        refunds_what_was_captured_not_what_is_left,
        refunds_with_a_new_key_each_time,
        forgets_the_order_it_replaces,
        makes_an_order_for_every_click,
        gives_no_course_for_late_money,
        expires_while_it_can_be_paid,
        counts_a_refund_for_every_message,
        overlooks_a_lost_dispute,
        believes_any_amount,
        never_captures,
        verifies_for_anybody,
        believes_any_signature,
        revokes_and_keeps_the_money,
        lets_a_paid_learner_withdraw,
        overlooks_a_capture_while_access_is_taken,
        believes_a_returned_payment_again,
    )
}
