"""What admins do to an enrollment: give it and take it."""

from functions.enrollments.errors import EnrollmentBusy, NoAccessToRevoke
from shared import clock
from shared.db.enrollments import enrollment_details, enrollments
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.enrollments.enrollments import EnrollmentOutcome
from shared.db.entities import Enrollment, Payment, User
from shared.db.payments import payments
from shared.db.payments.payments import PaymentOutcome
from shared.db.table import keys, store
from shared.db.table.changes import Changes
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.domain.lifecycle import ADMIN_GRANT, PaymentStatus, Role, StatusReason
from shared.enrollment_rules import EnrollmentAlreadyActive, activation_changes, cancellation_changes, new_enrollment
from shared.errors import CourseNotFound, EnrollmentNotFound, UserNotFound
from shared.tokens import Caller


def grant(caller: Caller, user_id: str, course_id: str, reason: str) -> EnrollmentDetails:
    """Opens a course for a learner, audited. An order that was waiting stays watched; its money would go back.

    Raises UserNotFound, CourseNotFound, EnrollmentAlreadyActive, EnrollmentBusy, StoreUnavailable."""
    learner = store.get(User, keys.user(user_id))
    if learner is None or learner.role is not Role.STUDENT:
        raise UserNotFound("there is no such student")

    def attempt() -> EnrollmentDetails:
        parts = enrollment_details.read_records(user_id, course_id)
        found, course = parts.enrollment, parts.course
        if course is None:
            raise CourseNotFound("there is no such course")
        if found and found.status.gives_access:
            raise EnrollmentAlreadyActive
        now = clock.now()
        base = found or new_enrollment(user_id, learner.name, course_id, course.instructor_id, now)
        outcome, after = enrollments.grant(
            course, found, base, activation_changes(ADMIN_GRANT, now), caller.user_id, reason, now
        )
        if outcome is not EnrollmentOutcome.WRITTEN:
            raise WriteConflict
        return EnrollmentDetails(after, parts.progress, course, parts.outline)

    return retry_on_conflict(attempt, EnrollmentBusy)


def revoke(caller: Caller, user_id: str, course_id: str, reason: str) -> EnrollmentDetails:
    """Takes the access, audited; what was paid for it is refunded.

    Raises EnrollmentNotFound, NoAccessToTake, EnrollmentBusy, StoreUnavailable."""

    def attempt() -> EnrollmentDetails:
        found = enrollment_details.read_details(user_id, course_id)
        if found is None:
            raise EnrollmentNotFound
        enrollment = found.enrollment
        if not enrollment.status.gives_access:
            raise NoAccessToRevoke
        now = clock.now()
        step = cancellation_changes(StatusReason.REVOKED, now)
        outcome, after = payments.revoke(enrollment, step, _payment_change(enrollment), caller.user_id, reason, now)
        if outcome is not PaymentOutcome.WRITTEN:
            raise WriteConflict
        return EnrollmentDetails(after, found.progress, found.course, found.outline)

    return retry_on_conflict(attempt, EnrollmentBusy)


def _payment_change(enrollment: Enrollment) -> tuple[Payment, Changes] | None:
    """The payment the access rests on, and its step: a captured one goes towards its refund now. One that is only
    authorised is written too, though nothing of it changes, so that it cannot be captured unseen in between: the sweep
    captures it, finds the access revoked, and gives the money back."""
    payment = payments.get(enrollment.granted_by)
    if payment is None or payment.status is not PaymentStatus.CAPTURED:
        return (payment, {}) if payment else None
    due = keys.due(payment.order_id, clock.now())
    return payment, {
        "status": PaymentStatus.REFUND_PENDING,
        "reason": StatusReason.REQUESTED,
        "gsi2pk": due.pk,
        "gsi2sk": due.sk,
    }
