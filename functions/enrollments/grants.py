"""Access that an admin grants to a learner, or revokes."""

from functions.enrollments.errors import EnrollmentBusy, NoAccessToRevoke
from shared import clock
from shared.db.audit import AuditedAction, AuditSubject
from shared.db.enrollments import enrollment_details, enrollments
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.enrollments.enrollments import EnrollmentStep, new_enrollment
from shared.db.entities import Enrollment, Payment, User
from shared.db.payments import payments
from shared.db.table import keys, store
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.domain.lifecycle import ADMIN_GRANT, Role, StatusReason
from shared.enrollment_rules import EnrollmentAlreadyActive, activation_changes, cancellation_changes
from shared.errors import CourseNotFound, EnrollmentNotFound, UserNotFound
from shared.history_kinds import Source
from shared.settlement.decision import Verdict
from shared.settlement.evidence import AccessRevoked
from shared.settlement.settle import KnownItems, PaymentContention, settle
from shared.tokens import Caller


def grant(caller: Caller, user_id: str, course_id: str, reason: str) -> EnrollmentDetails:
    """Grants a learner access to a course, audited. An order that the learner has open is polled further; a payment on
    it would be refunded.

    Raises UserNotFound, CourseNotFound, EnrollmentAlreadyActive, EnrollmentBusy, StoreUnavailable."""
    learner = store.get(User, keys.user(user_id))
    if learner is None or learner.role is not Role.STUDENT:
        raise UserNotFound("there is no such student")
    audited = AuditedAction(caller.user_id, "enrollment.grant", reason, subject=AuditSubject.ENROLLMENT)

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
        granted = enrollments.grant(course, step, audited, now)
        return EnrollmentDetails(granted, records.progress, course, records.outline)

    return retry_on_conflict(attempt, EnrollmentBusy)


def revoke(caller: Caller, user_id: str, course_id: str, reason: str) -> EnrollmentDetails:
    """Revokes a learner's access to a course, audited. The payment that granted it is refunded.

    Raises EnrollmentNotFound, NoAccessToRevoke, EnrollmentBusy, StoreUnavailable."""

    audited = AuditedAction(caller.user_id, "enrollment.revoke", reason, subject=AuditSubject.ENROLLMENT)

    def attempt() -> EnrollmentDetails:
        records = enrollment_details.read_records(user_id, course_id)
        enrollment = records.enrollment
        if enrollment is None:
            raise EnrollmentNotFound
        if not enrollment.status.gives_access:
            raise NoAccessToRevoke
        payment = _payment_of_access(enrollment)
        if payment:
            return _revoke_paid_access(KnownItems(payment, records), audited)
        now = clock.now()
        revoked = enrollments.revoke(enrollment, cancellation_changes(StatusReason.REVOKED, now), audited, now)
        return EnrollmentDetails(revoked, records.progress, records.course, records.outline)

    return retry_on_conflict(attempt, EnrollmentBusy)


def _payment_of_access(enrollment: Enrollment) -> Payment | None:
    """The payment that granted the access; None when it was granted by an admin, or the course was free."""
    return payments.get(enrollment.granted_by)


def _revoke_paid_access(known: KnownItems, audited: AuditedAction) -> EnrollmentDetails:
    """Ends the access and starts the refund. Raises EnrollmentBusy; WriteConflict when the payment is no longer what
    granted the access."""
    evidence = AccessRevoked(audited.reason)
    try:
        settled = settle(known.payment.order_id, evidence, Source.ADMIN, audited=audited, known=known)
    except PaymentContention as contention:
        raise EnrollmentBusy from contention
    if settled is None or settled.learning is None or settled.verdict is Verdict.REJECTED:
        raise WriteConflict
    return settled.learning
