"""Enrolling and withdrawing. Each use case reads, decides, writes under the condition of what was read, and reads
again when that changed meanwhile."""

from datetime import datetime, timedelta
from typing import Final

from functions.enrollments.errors import EnrollmentBusy, EnrollmentEnded, EnrollmentNotFound, EnrollmentPaid
from shared import clock
from shared.config import settings
from shared.db import enrollments, learning, payments
from shared.db.enrollments import EnrollOutcome
from shared.db.entities import Course, Enrollment
from shared.db.learning import Learning, Start
from shared.db.payments import PaymentOutcome
from shared.enrolling import activation, blank, gave_up_order, may_enroll, waiting, waiting_again, withdrawal
from shared.history_kinds import Cause, ChangeKind, Source
from shared.lifecycle import FREE, EnrollmentStatus, Reason
from shared.tokens import Caller

_ROUNDS: Final = 5


def enroll(caller: Caller, course_id: str) -> tuple[Learning, bool]:
    """The enrollment, and whether this call made it: active in a free course, pending in a paid one.

    Raises an EnrollmentRefusal, EnrollmentBusy, StoreUnavailable."""
    for _ in range(_ROUNDS):
        parts = learning.parts(caller.user_id, course_id)
        found = parts.enrollment
        course = may_enroll(caller.user_id, parts.course, found)
        now = clock.now()
        if course.amount and found and found.status is EnrollmentStatus.PENDING:
            return Learning(found, parts.progress, course, parts.outline), False
        enrollment = _begin(caller, course, found, now)
        if enrollment:
            return Learning(enrollment, parts.progress, course, parts.outline), True
    raise EnrollmentBusy


def _begin(caller: Caller, course: Course, found: Enrollment | None, now: datetime) -> Enrollment | None:
    """None when something changed meanwhile. Who withdrew from an order that can still be paid waits for it again:
    were it forgotten here, the next create-order would make another."""
    if found and gave_up_order(found, course, now):
        resumed, enrollment = payments.resume_order(found, waiting_again(), now)
        if resumed is not PaymentOutcome.NOT_OPEN:
            return enrollment if resumed is PaymentOutcome.WRITTEN else None
    until = now + timedelta(seconds=settings().order_window_seconds)
    step = waiting(caller.user_id, course.course_id, until) if course.amount else activation(FREE, now)
    base = found or blank(caller.user_id, caller.name, course.course_id, course.instructor_id, now)
    outcome, enrollment = enrollments.enroll(course, found, base, step, now)
    return enrollment if outcome is EnrollOutcome.WRITTEN else None


def withdraw(caller: Caller, course_id: str) -> Learning:
    """Ends a pending or a free active enrollment; one that was withdrawn stays so.

    Raises EnrollmentNotFound, EnrollmentPaid, EnrollmentEnded, EnrollmentBusy, StoreUnavailable."""
    for _ in range(_ROUNDS):
        found = mine(caller, course_id)
        enrollment = found.enrollment
        if enrollment.status is EnrollmentStatus.CANCELLED and enrollment.reason is Reason.WITHDRAWN:
            return found
        if enrollment.status in (EnrollmentStatus.COMPLETED, EnrollmentStatus.CANCELLED):
            raise EnrollmentEnded
        if enrollment.status is EnrollmentStatus.ACTIVE and enrollment.granted_by != FREE:
            raise EnrollmentPaid
        now = clock.now()
        outcome, ended = enrollments.end(enrollment, withdrawal(now), Cause(ChangeKind.WITHDRAWN, Source.LEARNER), now)
        if outcome is EnrollOutcome.WRITTEN:
            return Learning(ended, found.progress, found.course, found.outline)
    raise EnrollmentBusy


def mine(caller: Caller, course_id: str) -> Learning:
    """Raises EnrollmentNotFound, StoreUnavailable."""
    found = learning.read(caller.user_id, course_id)
    if found is None:
        raise EnrollmentNotFound
    return found


def list_mine(
    caller: Caller, limit: int, start: Start, status: EnrollmentStatus | None
) -> tuple[list[Learning], Start]:
    """Enrollments with course and progress, and the next key. Raises StoreUnavailable."""
    return learning.list_of_user(caller.user_id, limit, start, status)
