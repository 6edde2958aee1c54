"""Access that an admin grants to a learner, or revokes."""

from functions.enrollments.errors import EnrollmentBusy, NoAccessToRevoke
from shared import clock
from shared.db.enrollments import enrollment_details, enrollments
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.enrollments.enrollments import EnrollmentStep, new_enrollment
from shared.db.entities import Enrollment, User
from shared.db.payments import payments
from shared.db.payments.payments import PaymentStep
from shared.db.table import keys, store
from shared.db.table.retry import retry_on_conflict
from shared.domain.changes import PaymentChanges
from shared.domain.lifecycle import ADMIN_GRANT, PaymentStatus, Role, StatusReason
from shared.enrollment_rules import EnrollmentAlreadyActive, activation_changes, cancellation_changes
from shared.errors import CourseNotFound, EnrollmentNotFound, UserNotFound
from shared.tokens import Caller


def grant(caller: Caller, user_id: str, course_id: str, reason: str) -> EnrollmentDetails:
    """Grants a learner access to a course, audited. An order that the learner has open is polled further; a payment on
    it would be refunded.

    Raises UserNotFound, CourseNotFound, EnrollmentAlreadyActive, EnrollmentBusy, StoreUnavailable."""
    learner = store.get(User, keys.user(user_id))
    if learner is None or learner.role is not Role.STUDENT:
        raise UserNotFound("there is no such student")

    def attempt() -> EnrollmentDetails:
        records = enrollment_details.read_records(user_id, course_id)
        enrollment, course = records.enrollment, records.course
        if course is None:
            raise CourseNotFound("there is no such course")
        if enrollment and enrollment.status.gives_access:
            raise EnrollmentAlreadyActive
        now = clock.now()
        base = enrollment or new_enrollment(user_id, learner.name, course_id, course.instructor_id, now)
        step = EnrollmentStep(enrollment, base, activation_changes(ADMIN_GRANT, now))
        granted = enrollments.grant(course, step, caller.user_id, reason, now)
        return EnrollmentDetails(granted, records.progress, course, records.outline)

    return retry_on_conflict(attempt, EnrollmentBusy)


def revoke(caller: Caller, user_id: str, course_id: str, reason: str) -> EnrollmentDetails:
    """Revokes a learner's access to a course, audited. The payment that granted it is refunded.

    Raises EnrollmentNotFound, NoAccessToRevoke, EnrollmentBusy, StoreUnavailable."""

    def attempt() -> EnrollmentDetails:
        details = enrollment_details.read_details(user_id, course_id)
        if details is None:
            raise EnrollmentNotFound
        enrollment = details.enrollment
        if not enrollment.status.gives_access:
            raise NoAccessToRevoke
        now = clock.now()
        changes = cancellation_changes(StatusReason.REVOKED, now)
        revoked = payments.revoke(enrollment, changes, _payment_step(enrollment), caller.user_id, reason, now)
        return EnrollmentDetails(revoked, details.progress, details.course, details.outline)

    return retry_on_conflict(attempt, EnrollmentBusy)


def _payment_step(enrollment: Enrollment) -> PaymentStep | None:
    """The step of the payment that granted the access: a captured one is refunded. One that is only authorized is
    written too, without changes, so that it cannot be captured unnoticed in between: the sweep captures it, finds the
    access revoked, and refunds it."""
    payment = payments.get(enrollment.granted_by)
    if payment is None:
        return None
    if payment.status is not PaymentStatus.CAPTURED:
        return PaymentStep(payment, PaymentChanges())
    changes = PaymentChanges(
        status=PaymentStatus.REFUND_PENDING, reason=StatusReason.REQUESTED, next_poll_at=clock.now()
    )
    return PaymentStep(payment, changes)
