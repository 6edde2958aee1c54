"""What admins do to an enrollment: give it and take it."""

from typing import Final

from functions.enrollments.errors import CourseUnknown, EnrollmentBusy, EnrollmentNotFound, NoAccessToTake, UserUnknown
from shared import clock
from shared.db import enrollments, keys, learning, payments, store
from shared.db.changes import Changes
from shared.db.enrollments import EnrollOutcome
from shared.db.entities import Enrollment, Payment, User
from shared.db.learning import Learning
from shared.db.payments import PaymentOutcome
from shared.enrolling import EnrollmentAlreadyActive, activation, blank, cancellation
from shared.lifecycle import ADMIN, PaymentStatus, Reason, Role
from shared.tokens import Caller

_ROUNDS: Final = 5


def grant(caller: Caller, user_id: str, course_id: str, reason: str) -> Learning:
    """Opens a course for a learner, audited. An order that was waiting stays watched; its money would go back.

    Raises UserUnknown, CourseUnknown, EnrollmentAlreadyActive, EnrollmentBusy, StoreUnavailable."""
    learner = store.get(User, keys.user(user_id))
    if learner is None or learner.role is not Role.STUDENT:
        raise UserUnknown
    for _ in range(_ROUNDS):
        parts = learning.parts(user_id, course_id)
        found, course = parts.enrollment, parts.course
        if course is None:
            raise CourseUnknown
        if found and found.status.gives_access:
            raise EnrollmentAlreadyActive
        now = clock.now()
        base = found or blank(user_id, learner.name, course_id, course.instructor_id, now)
        outcome, after = enrollments.grant(course, found, base, activation(ADMIN, now), caller.user_id, reason, now)
        if outcome is EnrollOutcome.WRITTEN:
            return Learning(after, parts.progress, course, parts.outline)
    raise EnrollmentBusy


def revoke(caller: Caller, user_id: str, course_id: str, reason: str) -> Learning:
    """Takes the access, audited; what was paid for it is refunded.

    Raises EnrollmentNotFound, NoAccessToTake, EnrollmentBusy, StoreUnavailable."""
    for _ in range(_ROUNDS):
        found = learning.read(user_id, course_id)
        if found is None:
            raise EnrollmentNotFound
        enrollment = found.enrollment
        if not enrollment.status.gives_access:
            raise NoAccessToTake
        now = clock.now()
        step = cancellation(Reason.REVOKED, now)
        outcome, after = payments.revoke(enrollment, step, _money_back(enrollment), caller.user_id, reason, now)
        if outcome is PaymentOutcome.WRITTEN:
            return Learning(after, found.progress, found.course, found.outline)
    raise EnrollmentBusy


def _money_back(enrollment: Enrollment) -> tuple[Payment, Changes] | None:
    """The payment the access rests on, and its step: a captured one goes towards its refund now. One that is only
    authorised is written too, though nothing of it changes, so that it cannot be captured unseen in between: the sweep
    captures it, finds the access revoked, and gives the money back."""
    payment = payments.get(enrollment.granted_by)
    if payment is None or payment.status is not PaymentStatus.CAPTURED:
        return (payment, {}) if payment else None
    due = keys.due(payment.order_id, clock.now())
    return payment, {
        "status": PaymentStatus.REFUND_PENDING,
        "reason": Reason.REQUESTED,
        "gsi2pk": due.pk,
        "gsi2sk": due.sk,
    }
