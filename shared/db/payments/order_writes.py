"""Writes that open, resume, supersede and adopt orders.

Every write is conditional on what was read. It raises WriteConflict when an item changed in between: read and decide
again (shared/db/table/retry.py).
"""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum, auto
from typing import NamedTuple

from pynamodb.expressions.condition import Condition

from shared.db.enrollments.enrollments import EnrollmentStep, add_step, mark_enrolled
from shared.db.entities import Course, Enrollment, Payment, User
from shared.db.payments import coupon_claims
from shared.db.payments.coupon_claims import CouponClaim
from shared.db.payments.payment_attributes import buyer_attributes
from shared.db.payments.payments import PaymentStep, add_new_payment, add_payment_step
from shared.db.table import keys
from shared.db.table.retry import WriteConflict
from shared.db.table.transaction import Transaction
from shared.domain.changes import EnrollmentChanges, Order, PaymentChanges
from shared.domain.coupons import CouponState
from shared.domain.lifecycle import PaymentStatus, StatusReason
from shared.history_kinds import Cause, ChangeKind, Source


class CourseRef(NamedTuple):
    """What a payment stores of a course that is not in the table. `instructor_id` may be UNKNOWN_INSTRUCTOR."""

    course_id: str
    instructor_id: str


class AdoptOutcome(StrEnum):
    STORED = auto()
    """The payment of the order is stored, by this call or before."""
    PAYER_UNKNOWN = auto()
    """The payer is not in the table: nothing was written."""


class OrderNotOpen(Exception):
    """The order is no longer pending, or a payment of another amount was seen on it: nothing was written."""


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
    add_new_payment(transaction, payment, created, now)
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
    add_new_payment(transaction, payment, Cause(ChangeKind.ORDER_ADOPTED, Source.GATEWAY), now)
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
        add_payment_step(transaction, "superseded", superseded, cause, now)
    if taken:
        ended = PaymentChanges(coupon_state=CouponState.RELEASED, coupon_due=None)
        add_payment_step(transaction, "taken_over", PaymentStep(taken, ended), cause, now)
    if claim:
        coupon_claims.add_claim(transaction, claim)


def _is_resumable() -> Condition:
    condition: Condition = (Payment.status == PaymentStatus.PENDING) & Payment.reason.does_not_exist()
    return condition
