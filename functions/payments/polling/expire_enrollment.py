"""Ends a pending enrollment whose learner created no order in time."""

from shared import clock
from shared.db.enrollments import enrollments
from shared.db.entities import Enrollment
from shared.db.table.retry import WriteConflict
from shared.domain.lifecycle import EnrollmentStatus, StatusReason
from shared.enrollment_rules import cancellation_changes
from shared.history_kinds import Cause, ChangeKind, Source


def expire_enrollment_without_order(enrollment: Enrollment) -> str:
    """Ends a pending enrollment without an order, if its window has ended. Returns the verdict. Raises
    StoreUnavailable."""
    due, now = enrollment.pending_until, clock.now()
    if enrollment.status is not EnrollmentStatus.PENDING or due is None or due > now:
        return "not_due"
    expired = Cause(ChangeKind.ENROLLMENT_EXPIRED, Source.SWEEP)
    try:
        enrollments.end(enrollment, cancellation_changes(StatusReason.EXPIRED, now), expired, now)
    except WriteConflict:
        return "enrollment_changed"
    return "enrollment_expired"
