"""Planted bugs of the entry points of evidence: sweep, webhook and verify; and of settle."""

from dataclasses import replace
from typing import Any

from greenlet import getcurrent

from functions.payments import handler, webhook
from functions.payments.checkout import adopt_order, verify
from functions.payments.polling import gateway_order, poll_order, sweep
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
from shared.settlement.decision import Verdict
from tests.simulation.planted_bugs.patching import Patch


def expires_without_condition() -> list[Patch]:
    """An expiry overwrites changes made since its read."""
    real_settle, real_put = payments.write_settlement, Transaction.put
    expiring: set[object] = set()
    always_true = Item.pk.exists() | Item.pk.does_not_exist()

    def settle_payment(settlement: Any, now: Any) -> Any:
        if settlement.cause.kind is not EvidenceKind.NO_PAYMENT_FOUND:
            return real_settle(settlement, now)
        expiring.add(getcurrent())
        try:
            return real_settle(settlement, now)
        finally:
            expiring.discard(getcurrent())

    def unchanged_since_read(kind: Any, item: Any) -> Any:
        return always_true if getcurrent() in expiring else changes.unchanged_since_read(kind, item)

    def put(self: Transaction, label: str, item: Any, condition: Any = None) -> None:
        real_put(self, label, item, always_true if getcurrent() in expiring else condition)

    return [
        (payments, "write_settlement", settle_payment),
        (payments, "unchanged_since_read", unchanged_since_read),
        (enrollments, "unchanged_since_read", unchanged_since_read),
        (Transaction, "put", put),
    ]


def treats_a_write_conflict_as_a_duplicate() -> list[Patch]:
    """A write conflict means that an item has changed, not that the evidence was processed before."""
    real_settle = payments.write_settlement

    def settle_payment(settlement: Any, now: Any) -> Any:
        try:
            return real_settle(settlement, now)
        except WriteConflict as conflict:
            raise payments.DuplicateEvent from conflict

    return [(payments, "write_settlement", settle_payment)]


def settle_does_not_check_the_enrollment_it_decided_from() -> list[Patch]:
    """Where the decision leaves the enrollment as it is, another function may change it meanwhile."""

    def add_enrollment(transaction: Any, settlement: Any, now: Any) -> Any:
        step = settlement.enrollment_step
        return enrollments.add_step(transaction, step, settlement.cause, now) if step else settlement.read_enrollment

    return [(payments, "_add_or_check_enrollment", add_enrollment)]


def basis_not_checked() -> list[Patch]:
    """The authorized payment that gave access may be captured while another one takes its place."""
    real_settle = payments.write_settlement
    return [(payments, "write_settlement", lambda settlement, now: real_settle(replace(settlement, basis=None), now))]


def expires_without_polling_razorpay() -> list[Patch]:
    """And expired orders are not polled afterwards either."""
    real_fetch, real_poll = gateway_order.fetch_gateway_order, poll_order.poll_order

    def fetch_gateway_order(payment: Any, listed: Any) -> Any:
        return real_fetch(payment, [] if payment.status is PaymentStatus.PENDING else listed)

    def poll(payment: Any, listed: Any = None) -> str:
        return "expired" if payment.status is PaymentStatus.FAILED else real_poll(payment, listed)

    return [(poll_order, "fetch_gateway_order", fetch_gateway_order), (sweep, "poll_order", poll)]


def adopts_no_orphaned_orders() -> list[Patch]:
    return [(webhook, "adopt_order", lambda _: adopt_order.Adoption.NOT_OURS)]


def writes_the_inbox_first() -> list[Patch]:
    """A crash between the inbox row and the effect loses the event."""

    def apply_message(message: Any, key: str) -> Verdict:
        if message.order_id and webhook._record_only(key, message, InboxOutcome.IGNORED) == "seen_before":
            return Verdict.NO_CHANGE
        for evidence in message.evidence:
            if settle.settle(message.order_id, evidence, Source.WEBHOOK) is None:
                adopt_order.adopt_order(message.order_id)
                settle.settle(message.order_id, evidence, Source.WEBHOOK)
        return Verdict.NO_CHANGE

    return [(webhook, "apply_message", apply_message)]


def sweeps_only_pending_payments() -> list[Patch]:
    real_poll = poll_order.poll_order

    def poll(payment: Any, listed: Any = None) -> str:
        return real_poll(payment, listed) if payment.status is PaymentStatus.PENDING else "skipped"

    return [(sweep, "poll_order", poll)]


def acknowledges_an_unresolved_event() -> list[Patch]:
    """While Razorpay is unavailable, the event of an unknown order is acknowledged instead of rejected."""

    def adopt(order_id: str) -> adopt_order.Adoption:
        try:
            return adopt_order.adopt_order(order_id)
        except GatewayUnavailable:
            return adopt_order.Adoption.NOT_OURS

    return [(webhook, "_adopt", adopt)]


def acknowledges_a_failed_event() -> list[Patch]:
    real_apply = webhook.apply_message

    def apply_message(message: Any, key: str) -> Verdict | InboxOutcome:
        try:
            return real_apply(message, key)
        except DomainError:
            return Verdict.NO_CHANGE

    return [(webhook, "apply_message", apply_message)]


def never_captures_authorizations() -> list[Patch]:
    return [(poll_order, "_capture", lambda authorized: (authorized,))]


def captures_whatever_is_authorized() -> list[Patch]:
    def authorization_to_capture(order: Any, payment: Any) -> Any:
        return None if order.is_paid(payment) else next(iter(order.authorized), None)

    return [(gateway_order.GatewayOrder, "authorization_to_capture", authorization_to_capture)]


def verifies_for_any_user() -> list[Patch]:
    """Verify does not check that the order belongs to the caller."""
    real_verify = verify.verify_checkout

    def verify_checkout(caller: Any, order_id: str, payment_id: str, signature: str) -> Any:
        payment = payments.get(order_id)
        owner = replace(caller, user_id=payment.user_id) if payment else caller
        return real_verify(owner, order_id, payment_id, signature)

    return [(handler, "verify_checkout", verify_checkout)]


def accepts_any_signature() -> list[Patch]:
    return [(verify, "is_valid_checkout_signature", lambda *_: True)]
