"""The rules of enrollment, as pure functions: permission to enroll, and the changes of each transition. The enrollments
and the payments function share them.

ENROLLMENT_ERRORS
├── CourseNotFound              404  course_not_found
├── OwnCourse                   409  own_course
├── EnrollmentAlreadyActive     409  enrollment_already_active
└── EnrollmentAlreadyCompleted  409  enrollment_already_completed
"""

from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple, Self

from shared.db.entities import Course, Enrollment
from shared.domain.changes import EnrollmentChanges, Order
from shared.domain.lifecycle import CourseStatus, EnrollmentStatus, StatusReason
from shared.errors import Conflict, CourseNotFound


class OwnCourse(Conflict):
    code = "own_course"
    title = "You cannot enroll in a course that you teach"


class EnrollmentAlreadyActive(Conflict):
    code = "enrollment_already_active"
    title = "You are already enrolled in this course"


class EnrollmentAlreadyCompleted(Conflict):
    code = "enrollment_already_completed"
    title = "You have already completed this course"


ENROLLMENT_ERRORS: Final = (CourseNotFound, OwnCourse, EnrollmentAlreadyActive, EnrollmentAlreadyCompleted)


class Offer(NamedTuple):
    """A price at which a learner can buy a course: in minor units, with its currency, and the code of the coupon in
    it."""

    amount: int
    currency: str
    coupon: str | None = None

    @classmethod
    def of(cls, course: Course, now: datetime) -> Self:
        """The price without a coupon."""
        return cls(course.price_at(now), course.currency)


def require_may_enroll(user_id: str, course: Course | None, enrollment: Enrollment | None) -> Course:
    """The course, if the learner may start or resume an enrollment in it. Raises one of ENROLLMENT_ERRORS."""
    if enrollment and enrollment.status is EnrollmentStatus.COMPLETED:
        raise EnrollmentAlreadyCompleted
    if enrollment and enrollment.status is EnrollmentStatus.ACTIVE:
        raise EnrollmentAlreadyActive
    if course is None or course.status is not CourseStatus.PUBLISHED or course.hidden:
        raise CourseNotFound("there is no such course, or it is not open for enrollment")
    if course.instructor_id == user_id:
        raise OwnCourse
    return course


def activation_changes(granted_by: str, now: datetime) -> EnrollmentChanges:
    """The changes that grant access; `granted_by` is the basis of access: an order id, `free` or `admin`."""
    return EnrollmentChanges(
        status=EnrollmentStatus.ACTIVE,
        reason=None,
        granted_by=granted_by,
        activated_at=now,
        completed_at=None,
        cancelled_at=None,
        awaited_order=None,
        pending_until=None,
    )


def cancellation_changes(reason: StatusReason, now: datetime) -> EnrollmentChanges:
    """The changes that cancel the enrollment."""
    return replace(_cancellation_keeping_order(reason, now), awaited_order=None)


def withdrawal_changes(now: datetime) -> EnrollmentChanges:
    """The changes of a withdrawal by the learner. The enrollment keeps its order, which can still be paid: enrolling
    again resumes the same order."""
    return _cancellation_keeping_order(StatusReason.WITHDRAWN, now)


def pending_changes(until: datetime) -> EnrollmentChanges:
    """The changes that make the enrollment pending without an order: the sweep expires the enrollment at `until`."""
    return replace(_PENDING, awaited_order=None, pending_until=until)


def pending_for_order_changes(order: Order) -> EnrollmentChanges:
    """The changes that make the enrollment pending for an order. The sweep polls the order; when the order expires, the
    enrollment ends."""
    return replace(_PENDING, awaited_order=order)


def resume_order_changes() -> EnrollmentChanges:
    """The changes of a withdrawn enrollment back to pending, for the order that it kept."""
    return _PENDING


def has_payable_order(enrollment: Enrollment, offer: Offer, now: datetime) -> bool:
    """Whether the enrollment has an order for this offer whose order window has not ended."""
    return (
        enrollment.order_id is not None
        and (enrollment.order_amount, enrollment.order_currency, enrollment.order_coupon) == offer
        and now < enrollment.order_window_ends_at
    )


def has_resumable_order(enrollment: Enrollment, offer: Offer, now: datetime) -> bool:
    """Whether the learner withdrew from an order that enrolling again would resume. The order may have been paid or
    superseded since; this function does not check that."""
    withdrawn = enrollment.status is EnrollmentStatus.CANCELLED and enrollment.reason is StatusReason.WITHDRAWN
    return withdrawn and has_payable_order(enrollment, offer, now)


def offer_to_resume(enrollment: Enrollment, course: Course, now: datetime) -> Offer:
    """The offer for which a withdrawn order is resumed without a word about a coupon: an order with a coupon keeps its
    price. create-order replaces it when another price or coupon is asked for then."""
    if enrollment.order_coupon:
        return Offer(enrollment.order_amount, enrollment.order_currency, enrollment.order_coupon)
    return Offer.of(course, now)


def _cancellation_keeping_order(reason: StatusReason, now: datetime) -> EnrollmentChanges:
    return EnrollmentChanges(
        status=EnrollmentStatus.CANCELLED, reason=reason, granted_by=None, cancelled_at=now, pending_until=None
    )


_PENDING: Final = EnrollmentChanges(
    status=EnrollmentStatus.PENDING,
    reason=None,
    granted_by=None,
    completed_at=None,
    cancelled_at=None,
    pending_until=None,
)
