"""Mutations of those who bring evidence: sweep, webhook and verify."""

from dataclasses import replace
from typing import Any

from greenlet import getcurrent

from functions.payments import handler, webhook
from functions.payments.checkout import adopt_order, verify
from functions.payments.polling import poll_order, sweep
from shared.db.enrollments import enrollments
from shared.db.payments import payments
from shared.db.table import changes
from shared.db.table.base import Item
from shared.db.table.retry import WriteConflict
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import PaymentStatus
from shared.errors import DomainError, GatewayUnavailable
from shared.history_kinds import EvidenceKind, InboxOutcome, Source
from shared.settlement import settle
from shared.settlement.evidence import NoPaymentFound
from tests.simulation.planted_bugs.patching import Patch


def expires_without_condition() -> list[Patch]:
    """The expiry writes over whatever has come meanwhile."""
    written, put = payments.settle, Transaction.put
    expiring: set[object] = set()
    over = Item.pk.exists() | Item.pk.does_not_exist()

    def careless(settlement: Any, now: Any) -> Any:
        if settlement.cause.kind is not EvidenceKind.NO_PAYMENT_FOUND:
            return written(settlement, now)
        expiring.add(getcurrent())
        try:
            return written(settlement, now)
        finally:
            expiring.discard(getcurrent())

    def as_read(kind: Any, item: Any) -> Any:
        return over if getcurrent() in expiring else changes.unchanged_since_read(kind, item)

    def put_over(self: Transaction, label: str, item: Any, condition: Any = None) -> None:
        put(self, label, item, over if getcurrent() in expiring else condition)

    return [
        (payments, "settle", careless),
        (payments, "unchanged_since_read", as_read),
        (enrollments, "unchanged_since_read", as_read),
        (Transaction, "put", put_over),
    ]


def treats_a_lost_race_as_a_repetition() -> list[Patch]:
    """What was decided met an item that had changed; that is no sign that the evidence was known."""
    write = payments.settle

    def settled(settlement: Any, now: Any) -> Any:
        try:
            return write(settlement, now)
        except WriteConflict as conflict:
            raise payments.DuplicateEvent from conflict

    return [(payments, "settle", settled)]


def expires_without_polling_razorpay() -> list[Patch]:
    """And expired is expired: nothing is looked at afterwards either."""

    def ask(payment: Any) -> Any:
        return [NoPaymentFound()] if payment.status is PaymentStatus.PENDING else asked(payment)

    def look_at(payment: Any) -> str:
        return "over" if payment.status is PaymentStatus.FAILED else looked(payment)

    asked, looked = poll_order._fetch_evidence, poll_order.poll_order
    return [(poll_order, "_fetch_evidence", ask), (sweep, "poll_order", look_at)]


def adopts_no_orphaned_orders() -> list[Patch]:
    return [(webhook, "adopt_order", lambda _: adopt_order.Adoption.NOT_OURS)]


def writes_the_inbox_first() -> list[Patch]:
    """A crash between the row and the effect loses the event for ever."""

    def take(key: str, message: Any) -> str:
        if message.order_id and webhook._record_only(key, message, InboxOutcome.IGNORED) == "seen_before":
            return "seen_before"
        for evidence in message.evidence:
            if settle.settle(message.order_id, evidence, Source.WEBHOOK) is None:
                adopt_order.adopt_order(message.order_id)
                settle.settle(message.order_id, evidence, Source.WEBHOOK)
        return "done"

    return [(webhook, "_apply", take)]


def sweeps_only_pending_payments() -> list[Patch]:
    looked = poll_order.poll_order
    return [(sweep, "poll_order", lambda payment: looked(payment) if payment.status is PaymentStatus.PENDING else "no")]


def acknowledges_an_unresolved_event() -> list[Patch]:
    """The gateway is down, so it is told that all is well."""

    def unknown(key: str, message: Any, order_id: str) -> str:
        try:
            adoption = adopt_order.adopt_order(order_id)
        except GatewayUnavailable:
            return webhook._record_only(key, message, InboxOutcome.IGNORED)
        if adoption is adopt_order.Adoption.ADOPTED:
            return webhook._apply(key, message)
        return webhook._record_only(key, message, InboxOutcome.NOT_OURS)

    return [(webhook, "_adopt_unknown_order", unknown)]


def acknowledges_a_failed_event() -> list[Patch]:
    take = webhook._apply

    def hurried(key: str, message: Any) -> str:
        try:
            return take(key, message)
        except DomainError:
            return "failed"

    return [(webhook, "_apply", hurried)]


def never_captures_authorizations() -> list[Patch]:
    return [(poll_order, "_capture", lambda reserved: (reserved,))]


def verifies_for_anybody() -> list[Patch]:
    def careless(caller: Any, order_id: str, payment_id: str, signature: str) -> Any:
        payment = payments.get(order_id)
        return checked(replace(caller, user_id=payment.user_id) if payment else caller, order_id, payment_id, signature)

    checked = verify.verify_checkout
    return [(handler, "verify_checkout", careless)]


def accepts_any_signature() -> list[Patch]:
    return [(verify, "is_valid_checkout_signature", lambda *_: True)]
