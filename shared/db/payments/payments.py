"""Payments: one per Razorpay order, with an append-only history in the same partition.

Every write is conditional on what was read. It raises WriteConflict when an item changed in between: read and decide
again (shared/db/table/retry.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, auto
from typing import Any, NamedTuple

from pynamodb.expressions.condition import Condition

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
    User,
    WebhookEvent,
)
from shared.db.payments import coupon_claims, webhook_inbox
from shared.db.payments.coupon_claims import CouponClaim
from shared.db.payments.payment_attributes import buyer_attributes, payment_attributes
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.changes import Changes, apply_changes, history_json, unchanged_since_read, update_actions
from shared.db.table.retry import WriteConflict
from shared.db.table.store import Listing, StartKey
from shared.db.table.transaction import Transaction
from shared.db.table.unreadable_items import readable_page
from shared.domain.changes import EnrollmentChanges, Order, PaymentChanges
from shared.domain.coupons import CouponState
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.history_kinds import Cause, ChangeKind, Source


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


class CourseRef(NamedTuple):
    """What a payment stores of a course that is not in the table. `instructor_id` may be UNKNOWN_INSTRUCTOR."""

    course_id: str
    instructor_id: str


class AdoptOutcome(StrEnum):
    STORED = auto()
    """The payment of the order is stored, by this call or before."""
    PAYER_UNKNOWN = auto()
    """The payer is not in the table: nothing was written."""


class DuplicateEvent(Exception):
    """The webhook event is in the inbox already: nothing was written."""


class OrderNotOpen(Exception):
    """The order is no longer pending, or a payment of another amount was seen on it: nothing was written."""


def get(order_id: str) -> Payment | None:
    return store.get(Payment, keys.payment(order_id))


def new_payment(user_id: str, course: Course | CourseRef, order: Order, receipt: str, now: datetime) -> Payment:
    """A pending payment that is not stored yet and not scheduled for a poll. `receipt` is our reference of the order at
    Razorpay (not the GST receipt)."""
    listing = keys.payer_listing(user_id, now, order.order_id)
    return Payment.build(
        keys.payment(order.order_id),
        order_id=order.order_id,
        user_id=user_id,
        course_id=course.course_id,
        instructor_id=course.instructor_id,
        receipt=receipt,
        amount=order.amount,
        currency=order.currency,
        status=PaymentStatus.PENDING,
        **buyer_attributes(order.buyer),
        window_ends_at=order.window_ends_at,
        version=1,
        created_at=now,
        updated_at=now,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
    )


def open_order(
    course: Course,
    payment: Payment,
    superseded: PaymentStep | None,
    enrollment_step: EnrollmentStep,
    now: datetime,
    claim: CouponClaim | None = None,
) -> Enrollment:
    """One transaction: the new payment, the enrollment that waits for it, the payment that it supersedes, and the
    claims of both on coupons. Returns the enrollment as stored. Raises WriteConflict, StoreUnavailable."""
    transaction, created = Transaction(), Cause(ChangeKind.ORDER_CREATED, Source.LEARNER)
    _add_new_payment(transaction, payment, created, now)
    _add_superseded(transaction, superseded, claim, now)
    after = add_step(transaction, enrollment_step, created, now)
    mark_enrolled(transaction, course)
    if transaction.commit():
        raise WriteConflict
    return after


def activate_free(
    course: Course,
    superseded: PaymentStep | None,
    enrollment_step: EnrollmentStep,
    claim: CouponClaim | None,
    now: datetime,
) -> Enrollment:
    """One transaction: access without an order, because the price is 0 now; the payment that it supersedes, and the
    use of the coupon. Returns the enrollment as stored. Raises WriteConflict, StoreUnavailable."""
    transaction = Transaction()
    cause = Cause(ChangeKind.COUPON_REDEEMED if claim else ChangeKind.ENROLLED, Source.LEARNER)
    _add_superseded(transaction, superseded, claim, now)
    after = add_step(transaction, enrollment_step, cause, now)
    mark_enrolled(transaction, course)
    if transaction.commit():
        raise WriteConflict
    return after


def resume_order(read: Enrollment, changes: EnrollmentChanges, now: datetime) -> Enrollment:
    """One transaction: a withdrawn enrollment waits again for the order that it kept, while that order is pending and
    no payment of another amount was seen on it. The payment does not change: it was polled all the time. Returns the
    enrollment as stored. Raises OrderNotOpen, WriteConflict, StoreUnavailable."""
    transaction = Transaction()
    transaction.check("payment", keys.payment(read.order_id), _is_resumable())
    resumed = Cause(ChangeKind.ORDER_RESUMED, Source.LEARNER)
    after = add_step(transaction, EnrollmentStep.of(read, changes), resumed, now)
    failed = transaction.commit()
    if "enrollment" in failed:
        raise WriteConflict
    if failed:
        raise OrderNotOpen
    return after


def adopt(payment: Payment, course: Course | None, now: datetime) -> AdoptOutcome:
    """Stores the payment of an orphaned order, unless it is stored already. Its payer becomes a learner of the course,
    if that is known, so the course cannot be deleted from now on. Unless the payment has the reason `orphaned`, its
    payer must be in the table.

    Raises WriteConflict when the course changed since the read, and StoreUnavailable."""
    transaction = Transaction()
    _add_new_payment(transaction, payment, Cause(ChangeKind.ORDER_ADOPTED, Source.GATEWAY), now)
    if payment.reason is not StatusReason.ORPHANED:
        transaction.check("payer", keys.user(payment.user_id), User.pk.exists())
    if course:
        mark_enrolled(transaction, course)
    failed = transaction.commit()
    if not failed or "payment" in failed:
        return AdoptOutcome.STORED
    if "payer" in failed:
        return AdoptOutcome.PAYER_UNKNOWN
    raise WriteConflict


def write_settlement(settlement: Settlement, now: datetime) -> SettledItems:
    """One transaction: both items under the condition that they are as they were read, a history entry for each, the
    entries of inbox and audit, the receipt, the note, the items of a dispute and of a learner's request, and what the
    claim on a coupon gives back. Raises DuplicateEvent, WriteConflict, StoreUnavailable, and ClaimNotWritten if only
    the coupon cannot be written."""
    transaction, step = Transaction(), settlement.payment_step
    payment = _add_step(transaction, "payment", step, settlement.cause, now)
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


def _add_new_payment(transaction: Transaction, payment: Payment, cause: Cause, now: datetime) -> None:
    """Adds a payment that must not exist yet, under "payment", and the first entry of its history."""
    transaction.put("payment", payment)
    transaction.put("history", _history_entry(payment.order_id, 1, cause, _initial_changes(payment), now))


def _add_step(transaction: Transaction, label: str, step: PaymentStep, cause: Cause, now: datetime) -> Payment:
    """Adds the step and its history entry. Returns the payment as it will be stored."""
    read, order_id = step.read, step.read.order_id
    changes = {**payment_attributes(order_id, step.changes), "version": read.version + 1, "updated_at": now}
    unchanged = unchanged_since_read(Payment, read)
    transaction.update(label, keys.payment(order_id), update_actions(Payment, changes), unchanged)
    transaction.put(f"{label}_history", _history_entry(order_id, read.version + 1, cause, changes, now))
    return apply_changes(read, changes)


def _add_superseded(
    transaction: Transaction, superseded: PaymentStep | None, claim: CouponClaim | None, now: datetime
) -> None:
    """Adds the step of the superseded payment, the claim of the new order, and the end of the claim that it takes over:
    that of the superseded payment, or of one before. A claim that is not taken over stays with its order, which can
    still be paid, until its window has ended."""
    cause = Cause(ChangeKind.ORDER_SUPERSEDED, Source.LEARNER)
    taken = claim.takes_over if claim else None
    if superseded and taken and superseded.read.order_id == taken.order_id:
        superseded = replace(superseded, changes=replace(superseded.changes, coupon_state=CouponState.RELEASED))
        taken = None
    if superseded:
        _add_step(transaction, "superseded", superseded, cause, now)
    if taken:
        ended = PaymentChanges(coupon_state=CouponState.RELEASED, coupon_due=None)
        _add_step(transaction, "taken_over", PaymentStep(taken, ended), cause, now)
    if claim:
        coupon_claims.add_claim(transaction, claim)


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


def _is_resumable() -> Condition:
    condition: Condition = (Payment.status == PaymentStatus.PENDING) & Payment.reason.does_not_exist()
    return condition


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
