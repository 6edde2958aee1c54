"""Use cases of enrollments: enroll, withdraw, read. Each change is an optimistic write: it reads, decides, and writes
on the condition that nothing has changed since; on a conflict it starts again."""

from datetime import datetime, timedelta

from functions.enrollments.errors import EnrollmentBusy, EnrollmentEnded, EnrollmentPaid
from shared import clock
from shared.config import settings
from shared.db.enrollments import enrollment_details, enrollments
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.enrollments.enrollments import EnrollmentStep, new_enrollment
from shared.db.entities import Course, Enrollment
from shared.db.payments import order_writes, payments
from shared.db.payments.order_writes import OrderNotOpen
from shared.db.payments.payments import PaymentStep
from shared.db.table.retry import retry_on_conflict
from shared.db.table.store import StartKey
from shared.domain.lifecycle import FREE_GRANT, EnrollmentStatus, PaymentStatus, StatusReason
from shared.enrollment_rules import (
    activation_changes,
    has_resumable_order,
    offer_to_resume,
    pending_changes,
    require_may_enroll,
    resume_order_changes,
    withdrawal_changes,
)
from shared.errors import EnrollmentNotFound
from shared.history_kinds import Cause, ChangeKind, Source
from shared.settlement.rules.order_rules import superseded_changes
from shared.tokens import Caller


def enroll(caller: Caller, course_id: str) -> tuple[EnrollmentDetails, bool]:
    """Enrolls the caller: active in a course that is free now, by its list price or a sale, otherwise pending. Returns
    the enrollment, and whether this call created it.

    Raises an error of ENROLLMENT_ERRORS, EnrollmentBusy, StoreUnavailable."""

    def attempt() -> tuple[EnrollmentDetails, bool]:
        records = enrollment_details.read_records(caller.user_id, course_id)
        existing = records.enrollment
        course = require_may_enroll(caller.user_id, records.course, existing)
        now = clock.now()
        if course.price_at(now) and existing and existing.status is EnrollmentStatus.PENDING:
            return EnrollmentDetails(existing, records.progress, course, records.outline), False
        enrollment = _start_enrollment(caller, course, existing, now)
        return EnrollmentDetails(enrollment, records.progress, course, records.outline), True

    return retry_on_conflict(attempt, EnrollmentBusy)


def _start_enrollment(caller: Caller, course: Course, existing: Enrollment | None, now: datetime) -> Enrollment:
    """The new enrollment, as stored. Raises WriteConflict, StoreUnavailable."""
    base = existing or new_enrollment(caller.user_id, caller.name, course.course_id, course.instructor_id, now)
    if course.price_at(now) == 0:
        step = EnrollmentStep(existing, base, activation_changes(FREE_GRANT, now))
        return order_writes.activate_free(course, _superseded(existing, now), step, None, now)
    resumed = _resume_order(existing, course, now) if existing else None
    if resumed:
        return resumed
    changes = pending_changes(now + timedelta(seconds=settings().order_window_seconds))
    return enrollments.enroll(course, EnrollmentStep(existing, base, changes), now)


def _superseded(existing: Enrollment | None, now: datetime) -> PaymentStep | None:
    """The step of the learner's open order for a course that is free now. A payment on it would be refunded. Raises
    StoreUnavailable."""
    payment = payments.get(existing.order_id) if existing and existing.order_id else None
    if payment is None or payment.status is not PaymentStatus.PENDING:
        return None
    return PaymentStep(payment, superseded_changes(payment, now))


def _resume_order(existing: Enrollment, course: Course, now: datetime) -> Enrollment | None:
    """The enrollment with the order that the learner withdrew from, if it can still be paid, so that the next
    create-order does not create a second one; otherwise None. Raises WriteConflict, StoreUnavailable."""
    if not has_resumable_order(existing, offer_to_resume(existing, course, now), now):
        return None
    try:
        return order_writes.resume_order(existing, resume_order_changes(), now)
    except OrderNotOpen:  # it was paid or superseded meanwhile: enroll without an order
        return None


def withdraw(caller: Caller, course_id: str) -> EnrollmentDetails:
    """Ends a pending enrollment, or an active one that was free. Does nothing if it is already withdrawn.

    Raises EnrollmentNotFound, EnrollmentPaid, EnrollmentEnded, EnrollmentBusy, StoreUnavailable."""

    def attempt() -> EnrollmentDetails:
        details = get_mine(caller, course_id)
        enrollment = details.enrollment
        if enrollment.status is EnrollmentStatus.CANCELLED and enrollment.reason is StatusReason.WITHDRAWN:
            return details
        if enrollment.status in (EnrollmentStatus.COMPLETED, EnrollmentStatus.CANCELLED):
            raise EnrollmentEnded
        if enrollment.status is EnrollmentStatus.ACTIVE and enrollment.granted_by != FREE_GRANT:
            raise EnrollmentPaid
        now = clock.now()
        withdrawn = Cause(ChangeKind.WITHDRAWN, Source.LEARNER)
        ended = enrollments.end(enrollment, withdrawal_changes(now), withdrawn, now)
        return EnrollmentDetails(ended, details.progress, details.course, details.outline)

    return retry_on_conflict(attempt, EnrollmentBusy)


def get_mine(caller: Caller, course_id: str) -> EnrollmentDetails:
    """The caller's enrollment. Raises EnrollmentNotFound, StoreUnavailable."""
    details = enrollment_details.read_details(caller.user_id, course_id)
    if details is None:
        raise EnrollmentNotFound("you are not enrolled in this course")
    return details


def list_mine(
    caller: Caller, limit: int, start: StartKey, status: EnrollmentStatus | None
) -> tuple[list[EnrollmentDetails], StartKey]:
    """A page of the caller's enrollments with course and progress, and the key of the next page. Raises
    StoreUnavailable."""
    return enrollment_details.list_by_user(caller.user_id, limit, start, status)
