"""Mutations of those who bring evidence: sweep, webhook and verify."""

from dataclasses import replace
from typing import Any

from greenlet import getcurrent

from functions.payments import adopt, look, service, settle, sweep, verify, webhook
from functions.payments.evidence import NothingPaid
from local.simulation.mutants.planting import Change
from shared.db import changes, enrollments, payments
from shared.db.base import Item
from shared.db.transaction import Transaction
from shared.errors import DomainError, GatewayUnavailable
from shared.history_kinds import Cause, EvidenceKind, InboxOutcome, Source
from shared.lifecycle import PaymentStatus


def expires_without_condition() -> list[Change]:
    """The expiry writes over whatever has come meanwhile."""
    written, put = payments.settle, Transaction.put
    expiring: set[object] = set()
    over = Item.pk.exists() | Item.pk.does_not_exist()

    def careless(*given: Any, **beside: Any) -> Any:
        if EvidenceKind.NO_PAYMENT_FOUND not in [each.kind for each in given if isinstance(each, Cause)]:
            return written(*given, **beside)
        expiring.add(getcurrent())
        try:
            return written(*given, **beside)
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


def takes_a_lost_race_for_a_repetition() -> list[Change]:
    """What was decided met an item that had changed; that is no sign that the evidence was known."""
    write = payments.settle

    def settled(*given: Any, **beside: Any) -> Any:
        outcome, *rest = write(*given, **beside)
        return (payments.PaymentOutcome.SEEN_BEFORE if outcome is payments.PaymentOutcome.CHANGED else outcome), *rest

    return [(payments, "settle", settled)]


def expires_without_asking() -> list[Change]:
    """And expired is expired: nothing is looked at afterwards either."""

    def ask(payment: Any) -> Any:
        return [NothingPaid()] if payment.status is PaymentStatus.PENDING else asked(payment)

    def look_at(payment: Any) -> str:
        return "over" if payment.status is PaymentStatus.FAILED else looked(payment)

    asked, looked = look._ask, look.look_at
    return [(look, "_ask", ask), (sweep, "look_at", look_at)]


def adopts_nothing() -> list[Change]:
    return [(webhook, "adopt", lambda _: adopt.Adoption.NOT_OURS)]


def writes_the_inbox_first() -> list[Change]:
    """A crash between the row and the effect loses the event for ever."""

    def take(key: str, message: Any) -> str:
        if message.order_id and webhook._keep(key, message, InboxOutcome.IGNORED) == "seen_before":
            return "seen_before"
        for evidence in message.evidence:
            if settle.settle(message.order_id, evidence, Source.WEBHOOK) is None:
                adopt.adopt(message.order_id)
                settle.settle(message.order_id, evidence, Source.WEBHOOK)
        return "done"

    return [(webhook, "_take", take)]


def sweeps_only_what_is_pending() -> list[Change]:
    looked = look.look_at
    return [(sweep, "look_at", lambda payment: looked(payment) if payment.status is PaymentStatus.PENDING else "no")]


def swallows_an_unclear_event() -> list[Change]:
    """The gateway is down, so it is told that all is well."""

    def unknown(key: str, message: Any, order_id: str) -> str:
        try:
            adoption = adopt.adopt(order_id)
        except GatewayUnavailable:
            return webhook._keep(key, message, InboxOutcome.IGNORED)
        if adoption is adopt.Adoption.ADOPTED:
            return webhook._take(key, message)
        return webhook._keep(key, message, InboxOutcome.NOT_OURS)

    return [(webhook, "_unknown_order", unknown)]


def acknowledges_what_failed() -> list[Change]:
    take = webhook._take

    def hurried(key: str, message: Any) -> str:
        try:
            return take(key, message)
        except DomainError:
            return "failed"

    return [(webhook, "_take", hurried)]


def never_captures() -> list[Change]:
    return [(look, "_capture", lambda reserved: (reserved,))]


def verifies_for_anybody() -> list[Change]:
    def careless(caller: Any, order_id: str, payment_id: str, signature: str) -> Any:
        payment = payments.get(order_id)
        return checked(replace(caller, user_id=payment.user_id) if payment else caller, order_id, payment_id, signature)

    checked = verify.verify
    return [(service, "verify", careless)]


def believes_any_signature() -> list[Change]:
    return [(verify, "checkout_signed", lambda *_: True)]
