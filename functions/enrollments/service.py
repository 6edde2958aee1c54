"""Enrolling and withdrawing. Each use case reads, decides, writes under the condition of what was read, and reads
again when that changed meanwhile."""

from datetime import datetime, timedelta

from functions.enrollments.errors import EnrollmentBusy, EnrollmentEnded, EnrollmentPaid
from shared import clock
from shared.config import settings
from shared.db.enrollments import enrollment_details, enrollments
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.enrollments.enrollments import EnrollmentOutcome
from shared.db.entities import Course, Enrollment
from shared.db.payments import payments
from shared.db.payments.payments import PaymentOutcome
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.db.table.store import StartKey
from shared.domain.lifecycle import FREE_GRANT, EnrollmentStatus, StatusReason
from shared.enrollment_rules import (
    activation_changes,
    has_resumable_order,
    new_enrollment,
    pending_changes,
    require_may_enroll,
    resume_order_changes,
    withdrawal_changes,
)
from shared.errors import EnrollmentNotFound
from shared.history_kinds import Cause, ChangeKind, Source
from shared.tokens import Caller


def enroll(caller: Caller, course_id: str) -> tuple[EnrollmentDetails, bool]:
    """The enrollment, and whether this call made it: active in a free course, pending in a paid one.

    Raises an EnrollmentRefusal, EnrollmentBusy, StoreUnavailable."""

    def attempt() -> tuple[EnrollmentDetails, bool]:
        parts = enrollment_details.read_records(caller.user_id, course_id)
        found = parts.enrollment
        course = require_may_enroll(caller.user_id, parts.course, found)
        now = clock.now()
        if course.amount and found and found.status is EnrollmentStatus.PENDING:
            return EnrollmentDetails(found, parts.progress, course, parts.outline), False
        enrollment = _start_enrollment(caller, course, found, now)
        return EnrollmentDetails(enrollment, parts.progress, course, parts.outline), True

    return retry_on_conflict(attempt, EnrollmentBusy)


def _start_enrollment(caller: Caller, course: Course, found: Enrollment | None, now: datetime) -> Enrollment:
    """The new enrollment, as stored. A learner who withdrew from an order that can still be paid gets that order back;
    otherwise the next create-order would create a second one. Raises WriteConflict."""
    if found and has_resumable_order(found, course, now):
        resumed, enrollment = payments.resume_order(found, resume_order_changes(), now)
        if resumed is PaymentOutcome.WRITTEN:
            return enrollment
        if resumed is PaymentOutcome.CHANGED:
            raise WriteConflict
    until = now + timedelta(seconds=settings().order_window_seconds)
    step = (
        pending_changes(caller.user_id, course.course_id, until)
        if course.amount
        else activation_changes(FREE_GRANT, now)
    )
    base = found or new_enrollment(caller.user_id, caller.name, course.course_id, course.instructor_id, now)
    outcome, enrollment = enrollments.enroll(course, found, base, step, now)
    if outcome is not EnrollmentOutcome.WRITTEN:
        raise WriteConflict
    return enrollment


def withdraw(caller: Caller, course_id: str) -> EnrollmentDetails:
    """Ends a pending or a free active enrollment; one that was withdrawn stays so.

    Raises EnrollmentNotFound, EnrollmentPaid, EnrollmentEnded, EnrollmentBusy, StoreUnavailable."""

    def attempt() -> EnrollmentDetails:
        found = get_mine(caller, course_id)
        enrollment = found.enrollment
        if enrollment.status is EnrollmentStatus.CANCELLED and enrollment.reason is StatusReason.WITHDRAWN:
            return found
        if enrollment.status in (EnrollmentStatus.COMPLETED, EnrollmentStatus.CANCELLED):
            raise EnrollmentEnded
        if enrollment.status is EnrollmentStatus.ACTIVE and enrollment.granted_by != FREE_GRANT:
            raise EnrollmentPaid
        now = clock.now()
        outcome, ended = enrollments.end(
            enrollment, withdrawal_changes(now), Cause(ChangeKind.WITHDRAWN, Source.LEARNER), now
        )
        if outcome is not EnrollmentOutcome.WRITTEN:
            raise WriteConflict
        return EnrollmentDetails(ended, found.progress, found.course, found.outline)

    return retry_on_conflict(attempt, EnrollmentBusy)


def get_mine(caller: Caller, course_id: str) -> EnrollmentDetails:
    """Raises EnrollmentNotFound, StoreUnavailable."""
    found = enrollment_details.read_details(caller.user_id, course_id)
    if found is None:
        raise EnrollmentNotFound("you are not enrolled in this course")
    return found


def list_mine(
    caller: Caller, limit: int, start: StartKey, status: EnrollmentStatus | None
) -> tuple[list[EnrollmentDetails], StartKey]:
    """Enrollments with course and progress, and the next key. Raises StoreUnavailable."""
    return enrollment_details.list_by_user(caller.user_id, limit, start, status)
