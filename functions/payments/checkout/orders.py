"""Opening an order. The same order is given again as long as it can be paid: one order is paid once, whatever tabs and
double clicks do, and who gives orders up and comes back makes no more of them."""

from datetime import datetime, timedelta
from typing import Any, Final

from functions.payments.errors import AmountBelowMinimum, CourseFree, OrderBusy, PaymentOutcomeUnknown
from shared import clock, ids
from shared.config import settings
from shared.db.entities import Course, Enrollment, Payment, User
from shared.db.payments import payments
from shared.db.payments.payments import PaymentOutcome
from shared.db.table import keys, store
from shared.db.table.changes import Changes
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason
from shared.enrollment_rules import (
    has_payable_order,
    has_resumable_order,
    new_enrollment,
    pending_for_order_changes,
    require_may_enroll,
    resume_order_changes,
)
from shared.errors import GatewayBusy, GatewayUnavailable, Unauthenticated
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.settlement.poll_schedule import next_unpaid_poll, schedule_poll
from shared.tokens import Caller

_ROUNDS: Final = 5


class OpenOrder:
    """An order to be paid: the enrollment that waits for it, the course, the payer, and whether this call made it."""

    def __init__(self, enrollment: Enrollment, course: Course, payer: User, *, created: bool) -> None:
        self.enrollment = enrollment
        self.course = course
        self.payer = payer
        self.created = created


def create_order(caller: Caller, course_id: str) -> OpenOrder:
    """The learner's open order for the course; makes one, and the pending enrollment, where there is none.

    Raises an EnrollmentRefusal, CourseFree, AmountBelowMinimum, OrderBusy, GatewayBusy, PaymentOutcomeUnknown,
    StoreUnavailable."""
    for _ in range(_ROUNDS):
        course, enrollment, payer = _read(caller, course_id)
        course = require_may_enroll(caller.user_id, course, enrollment)
        if course.amount == 0:
            raise CourseFree
        now = clock.now()
        if enrollment and _still_payable(enrollment, course, now):
            return OpenOrder(enrollment, course, payer, created=False)
        if enrollment and has_resumable_order(enrollment, course, now):
            outcome, waiting = payments.resume_order(enrollment, resume_order_changes(), now)
            if outcome is PaymentOutcome.WRITTEN:
                return OpenOrder(waiting, course, payer, created=False)
            if outcome is PaymentOutcome.CHANGED:
                continue
        payment = _create_gateway_order(caller, course, now)
        base = enrollment or new_enrollment(caller.user_id, caller.name, course_id, course.instructor_id, now)
        step = pending_for_order_changes(payment.order_id, payment.amount, payment.currency, payment.window_ends_at)
        outcome, waiting = payments.open_order(
            course, payment, _superseded(enrollment, now), (enrollment, base, step), now
        )
        if outcome is PaymentOutcome.WRITTEN:
            return OpenOrder(waiting, course, payer, created=True)
    raise OrderBusy


def _read(caller: Caller, course_id: str) -> tuple[Course | None, Enrollment | None, User]:
    """One BatchGetItem. Raises Unauthenticated when the caller's account is gone."""
    course, enrollment, user = (
        keys.course(course_id),
        keys.enrollment(caller.user_id, course_id),
        keys.user(caller.user_id),
    )
    found = store.get_many([course, enrollment, user])
    payer = store.cast_to(User, found.get(user))
    if payer is None:
        raise Unauthenticated
    return store.cast_to(Course, found.get(course)), store.cast_to(Enrollment, found.get(enrollment)), payer


def _still_payable(enrollment: Enrollment, course: Course, now: datetime) -> bool:
    return enrollment.status is EnrollmentStatus.PENDING and has_payable_order(enrollment, course, now)


def _create_gateway_order(caller: Caller, course: Course, now: datetime) -> Payment:
    """A payment that is not stored yet, for an order the gateway has just made. An order whose answer is lost, or that
    loses the race of two calls, is one nobody was told of: nobody can pay it, and if somebody did it would be adopted
    by its notes."""
    receipt = ids.receipt()
    notes = {"stage": settings().stage, "user_id": caller.user_id, "course_id": course.course_id}
    try:
        order = razorpay.create_order(course.amount, course.currency, receipt, notes)
    except GatewayBusy:
        raise
    except GatewayUnavailable as unknown:
        raise PaymentOutcomeUnknown from unknown
    except GatewayRejected as refused:
        if refused.error.get("field") == "amount":
            raise AmountBelowMinimum from refused
        raise PaymentOutcomeUnknown from refused
    until = now + timedelta(seconds=settings().order_window_seconds)
    return new_payment(caller.user_id, course, order["id"], course.amount, course.currency, receipt, now, until)


def new_payment(
    user_id: str,
    course: Course,
    order_id: str,
    amount: int,
    currency: str,
    receipt: str,
    now: datetime,
    until: datetime,
) -> Payment:
    listing = keys.payer_listing(user_id, now, order_id)
    payment = Payment.build(
        keys.payment(order_id),
        order_id=order_id,
        user_id=user_id,
        course_id=course.course_id,
        instructor_id=course.instructor_id,
        receipt=receipt,
        amount=amount,
        currency=currency,
        status=PaymentStatus.PENDING,
        window_ends_at=until,
        version=1,
        created_at=now,
        updated_at=now,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
    )
    for name, value in next_unpaid_poll(payment, now).items():
        setattr(payment, name, value)
    return payment


def _superseded(enrollment: Enrollment | None, now: datetime) -> tuple[Payment, Changes] | None:
    """The order the enrollment waited for until now, or until it was withdrawn: failed, but watched, because it can
    still be paid. Looked at once more also when its watch is over: no sweep may have come by in all that time."""
    if enrollment is None or enrollment.order_id is None:
        return None
    old = payments.get(enrollment.order_id)
    if old is None or old.status is not PaymentStatus.PENDING:
        return None
    reason = StatusReason.MISMATCH if old.reason is StatusReason.MISMATCH else StatusReason.SUPERSEDED
    step: dict[str, Any] = {"status": PaymentStatus.FAILED, "reason": reason}
    look = next_unpaid_poll(old, now)
    return old, {**step, **(look if look["gsi2sk"] else schedule_poll(old.order_id, now))}
