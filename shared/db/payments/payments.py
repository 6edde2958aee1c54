"""Payments: one per Razorpay order, with an append-only history in the same partition.

Every write is conditional on what was read. It raises WriteConflict when an item changed in between: read and decide
again (shared/db/table/retry.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.db.audit import AuditedAction, AuditSubject
from shared.db.enrollments.enrollments import EnrollmentStep, add_step, audit_access, mark_enrolled
from shared.db.entities import (
    Course,
    CreditNote,
    DisputeRecord,
    Enrollment,
    LearnerRequestListing,
    Payment,
    PaymentEvent,
    Receipt,
    WebhookEvent,
)
from shared.db.payments import coupon_claims, webhook_inbox
from shared.db.payments.payment_attributes import payment_attributes
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.changes import Changes, apply_changes, history_json, unchanged_since_read, update_actions
from shared.db.table.retry import WriteConflict
from shared.db.table.store import Listing, StartKey
from shared.db.table.transaction import Transaction
from shared.db.table.unreadable_items import readable_page
from shared.domain.changes import PaymentChanges
from shared.history_kinds import Cause


@dataclass(frozen=True)
class PaymentStep:
    """`changes` of a payment, written only while the stored payment is what was `read`."""

    read: Payment
    changes: PaymentChanges


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """Everything that one decision about a payment writes, in one transaction.

    The payer's enrollment is either changed by `enrollment_step`, or checked to be as it was `read_enrollment`: the
    decision depends on it. So is `basis`, the other payment that the access was granted by. `course` is the course of
    an order that an admin accepts: it gets its first learner, and must still exist. `inbox_entry` is the webhook event
    that the evidence came with, `receipt` that of a payment which is captured by this settlement, `note` the credit or
    debit note of a sale whose refunded amount changes, `dispute` the item of the dispute that the evidence is about,
    `learner_request` that of the learner's request for a refund, if it changes."""

    payment_step: PaymentStep
    read_enrollment: Enrollment | None
    enrollment_step: EnrollmentStep | None
    cause: Cause
    course: Course | None = None
    basis: Payment | None = None
    inbox_entry: WebhookEvent | None = None
    audited_action: AuditedAction | None = None
    receipt: Receipt | None = None
    note: CreditNote | None = None
    dispute: DisputeRecord | None = None
    learner_request: LearnerRequestListing | None = None


@dataclass(frozen=True)
class SettledItems:
    """Payment and enrollment as they are stored after a settlement."""

    payment: Payment
    enrollment: Enrollment | None


class DuplicateEvent(Exception):
    """The webhook event is in the inbox already: nothing was written."""


def get(order_id: str) -> Payment | None:
    return store.get(Payment, keys.payment(order_id))


def write_settlement(settlement: Settlement, now: datetime) -> SettledItems:
    """One transaction: both items under the condition that they are as they were read, a history entry for each, the
    entries of inbox and audit, the receipt, the note, the items of a dispute and of a learner's request, and what the
    claim on a coupon gives back. Raises DuplicateEvent, WriteConflict, StoreUnavailable, and ClaimNotWritten if only
    the coupon cannot be written."""
    transaction, step = Transaction(), settlement.payment_step
    payment = add_payment_step(transaction, "payment", step, settlement.cause, now)
    coupon_claims.add_transition(transaction, step.read, step.changes)
    enrollment = _add_or_check_enrollment(transaction, settlement, now)
    if settlement.basis:
        unchanged = unchanged_since_read(Payment, settlement.basis)
        transaction.check("basis", keys.payment(settlement.basis.order_id), unchanged)
    if settlement.course:
        mark_enrolled(transaction, settlement.course)
    if settlement.inbox_entry:
        transaction.put("inbox", settlement.inbox_entry, webhook_inbox.unsettled())
    if settlement.receipt:
        transaction.put("receipt", settlement.receipt)
    if settlement.note:
        transaction.put("note", settlement.note)
    _add_contained(transaction, settlement)
    if settlement.audited_action:
        _audit(transaction, settlement.audited_action, settlement, SettledItems(payment, enrollment))
    failed = coupon_claims.commit_settlement(transaction)
    if "inbox" in failed:
        raise DuplicateEvent
    if failed:
        raise WriteConflict
    return SettledItems(payment, enrollment)


def list_by_user(
    user_id: str, limit: int, start: StartKey, unreadable: Callable[[str], object] = lambda _: None
) -> Listing[Payment]:
    """A learner's payments, newest first: one Query of the index. One that cannot be read is logged and counted, and
    `unreadable` gets its order id."""
    raw = store.query_raw(
        keys.user(user_id).pk,
        sk=Payment.gsi1sk.startswith("PAYMENT#"),
        index=keys.GSI1,
        limit=limit,
        start=start,
        newest_first=True,
    )
    prefix = keys.payment("").pk
    return readable_page(raw, Payment, lambda each: unreadable(each["pk"]["S"].removeprefix(prefix)))


def history(order_id: str) -> list[PaymentEvent]:
    """Every history entry of a payment, oldest first."""
    events = store.query_all(keys.payment(order_id).pk, sk=PaymentEvent.sk.startswith("EVENT#"))
    return [event for event in events if isinstance(event, PaymentEvent)]


def get_with_history(order_id: str) -> tuple[Payment | None, list[PaymentEvent]]:
    """A payment and every history entry of it, oldest first: one Query."""
    items = store.query_all(keys.payment(order_id).pk)
    payment = next((item for item in items if isinstance(item, Payment)), None)
    return payment, [item for item in items if isinstance(item, PaymentEvent)]


def add_new_payment(transaction: Transaction, payment: Payment, cause: Cause, now: datetime) -> None:
    """Adds a payment that must not exist yet, under "payment", and the first entry of its history."""
    transaction.put("payment", payment)
    transaction.put("history", _history_entry(payment.order_id, 1, cause, _initial_changes(payment), now))


def add_payment_step(transaction: Transaction, label: str, step: PaymentStep, cause: Cause, now: datetime) -> Payment:
    """Adds the step and its history entry. Returns the payment as it will be stored."""
    read, order_id = step.read, step.read.order_id
    changes = {**payment_attributes(order_id, step.changes), "version": read.version + 1, "updated_at": now}
    unchanged = unchanged_since_read(Payment, read)
    transaction.update(label, keys.payment(order_id), update_actions(Payment, changes), unchanged)
    transaction.put(f"{label}_history", _history_entry(order_id, read.version + 1, cause, changes, now))
    return apply_changes(read, changes)


def _add_contained(transaction: Transaction, settlement: Settlement) -> None:
    """Adds the items of what the payment contains: its condition protects them too."""
    any_state = Item.pk.exists() | Item.pk.does_not_exist()
    if settlement.dispute:
        transaction.put("dispute", settlement.dispute, any_state)
    if settlement.learner_request:
        transaction.put("learner_request", settlement.learner_request, any_state)


def _add_or_check_enrollment(transaction: Transaction, settlement: Settlement, now: datetime) -> Enrollment | None:
    """Adds the step of the enrollment, or the condition that it is as it was read. Returns it as it will be stored."""
    if settlement.enrollment_step:
        return add_step(transaction, settlement.enrollment_step, settlement.cause, now)
    payment, read = settlement.payment_step.read, settlement.read_enrollment
    unchanged = unchanged_since_read(Enrollment, read)
    transaction.check("enrollment", keys.enrollment(payment.user_id, payment.course_id), unchanged)
    return read


def _audit(transaction: Transaction, audited: AuditedAction, settlement: Settlement, after: SettledItems) -> None:
    if audited.subject is AuditSubject.ENROLLMENT and after.enrollment:
        audit_access(transaction, audited, settlement.read_enrollment, after.enrollment)
        return
    before = settlement.payment_step.read
    audited.record(transaction, before.order_id, {"status": before.status}, {"status": after.payment.status})


def _history_entry(order_id: str, number: int, cause: Cause, changes: Changes, now: datetime) -> PaymentEvent:
    return PaymentEvent.build(
        keys.payment_event(order_id, number),
        order_id=order_id,
        number=number,
        at=now,
        evidence=cause.kind,
        source=cause.source,
        note=cause.note,
        changes=history_json(changes),
    )


def _initial_changes(payment: Payment) -> dict[str, Any]:
    values = payment.attribute_values
    return {
        name: value for name, value in values.items() if name not in ("pk", "sk", "kind", "refunds", "refund_requests")
    }
