"""Enrolling and withdrawing. Each use case reads, decides, writes under the condition of what was read, and reads
again when that changed meanwhile."""

from datetime import datetime, timedelta
from typing import Final

from functions.enrollments.errors import EnrollmentBusy, EnrollmentEnded, EnrollmentNotFound, EnrollmentPaid
from shared import clock
from shared.config import settings
from shared.db.enrollments import enrollment_details, enrollments
from shared.db.enrollments.enrollment_details import EnrollmentDetails, StartKey
from shared.db.enrollments.enrollments import EnrollmentOutcome
from shared.db.entities import Course, Enrollment
from shared.db.payments import payments
from shared.db.payments.payments import PaymentOutcome
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
from shared.history_kinds import Cause, ChangeKind, Source
from shared.tokens import Caller

_MAX_ATTEMPTS: Final = 5


def enroll(caller: Caller, course_id: str) -> tuple[EnrollmentDetails, bool]:
    """The enrollment, and whether this call made it: active in a free course, pending in a paid one.

    Raises an EnrollmentRefusal, EnrollmentBusy, StoreUnavailable."""
    for _ in range(_MAX_ATTEMPTS):
        parts = enrollment_details.read_records(caller.user_id, course_id)
        found = parts.enrollment
        course = require_may_enroll(caller.user_id, parts.course, found)
        now = clock.now()
        if course.amount and found and found.status is EnrollmentStatus.PENDING:
            return EnrollmentDetails(found, parts.progress, course, parts.outline), False
        enrollment = _start_enrollment(caller, course, found, now)
        if enrollment:
            return EnrollmentDetails(enrollment, parts.progress, course, parts.outline), True
    raise EnrollmentBusy


def _start_enrollment(caller: Caller, course: Course, found: Enrollment | None, now: datetime) -> Enrollment | None:
    """None when something changed meanwhile. Who withdrew from an order that can still be paid waits for it again:
    were it forgotten here, the next create-order would make another."""
    if found and has_resumable_order(found, course, now):
        resumed, enrollment = payments.resume_order(found, resume_order_changes(), now)
        if resumed is not PaymentOutcome.NOT_OPEN:
            return enrollment if resumed is PaymentOutcome.WRITTEN else None
    until = now + timedelta(seconds=settings().order_window_seconds)
    step = (
        pending_changes(caller.user_id, course.course_id, until)
        if course.amount
        else activation_changes(FREE_GRANT, now)
    )
    base = found or new_enrollment(caller.user_id, caller.name, course.course_id, course.instructor_id, now)
    outcome, enrollment = enrollments.enroll(course, found, base, step, now)
    return enrollment if outcome is EnrollmentOutcome.WRITTEN else None


def withdraw(caller: Caller, course_id: str) -> EnrollmentDetails:
    """Ends a pending or a free active enrollment; one that was withdrawn stays so.

    Raises EnrollmentNotFound, EnrollmentPaid, EnrollmentEnded, EnrollmentBusy, StoreUnavailable."""
    for _ in range(_MAX_ATTEMPTS):
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
        if outcome is EnrollmentOutcome.WRITTEN:
            return EnrollmentDetails(ended, found.progress, found.course, found.outline)
    raise EnrollmentBusy


def get_mine(caller: Caller, course_id: str) -> EnrollmentDetails:
    """Raises EnrollmentNotFound, StoreUnavailable."""
    found = enrollment_details.read_details(caller.user_id, course_id)
    if found is None:
        raise EnrollmentNotFound
    return found


def list_mine(
    caller: Caller, limit: int, start: StartKey, status: EnrollmentStatus | None
) -> tuple[list[EnrollmentDetails], StartKey]:
    """Enrollments with course and progress, and the next key. Raises StoreUnavailable."""
    return enrollment_details.list_by_user(caller.user_id, limit, start, status)
