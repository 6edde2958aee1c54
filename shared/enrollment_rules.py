"""The rules of enrollment, as pure functions: who may enroll, and the changes of each transition. The enrollments and
the payments function share them.

ENROLLMENT_ERRORS
├── CourseNotFound              404  course_not_found
├── OwnCourse                   409  own_course
├── EnrollmentAlreadyActive     409  enrollment_already_active
└── EnrollmentAlreadyCompleted  409  enrollment_already_completed
"""

from datetime import datetime
from typing import Any, Final

from shared.db.entities import Course, Enrollment
from shared.db.table import keys
from shared.domain.lifecycle import CourseStatus, EnrollmentStatus, StatusReason
from shared.errors import Conflict, CourseNotFound


class OwnCourse(Conflict):
    code = "own_course"
    title = "You teach this course"


class EnrollmentAlreadyActive(Conflict):
    code = "enrollment_already_active"
    title = "You are enrolled in this course already"


class EnrollmentAlreadyCompleted(Conflict):
    code = "enrollment_already_completed"
    title = "You completed this course already"


ENROLLMENT_ERRORS: Final = (CourseNotFound, OwnCourse, EnrollmentAlreadyActive, EnrollmentAlreadyCompleted)

_NO_ORDER: Final[dict[str, Any]] = dict.fromkeys(("order_id", "order_amount", "order_currency", "order_window_ends_at"))
_NO_TIMER: Final[dict[str, Any]] = dict.fromkeys(("gsi2pk", "gsi2sk"))


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


def new_enrollment(user_id: str, user_name: str, course_id: str, instructor_id: str, now: datetime) -> Enrollment:
    """An enrollment that is not stored yet: version 0, to which the first changes are applied."""
    listing = keys.course_learner_listing(course_id, now, user_id)
    return Enrollment.build(
        keys.enrollment(user_id, course_id),
        user_id=user_id,
        user_name=user_name,
        course_id=course_id,
        instructor_id=instructor_id,
        status=EnrollmentStatus.PENDING,
        version=0,
        created_at=now,
        updated_at=now,
        gsi1pk=listing.pk,
        gsi1sk=listing.sk,
    )


def activation_changes(granted_by: str, now: datetime) -> dict[str, Any]:
    """The changes that grant access; `granted_by` is the basis of access: an order id, `free` or `admin`."""
    return {
        "status": EnrollmentStatus.ACTIVE,
        "reason": None,
        "granted_by": granted_by,
        "activated_at": now,
        "completed_at": None,
        "cancelled_at": None,
        **_NO_ORDER,
        **_NO_TIMER,
    }


def cancellation_changes(reason: StatusReason, now: datetime) -> dict[str, Any]:
    """The changes that cancel the enrollment."""
    return {
        "status": EnrollmentStatus.CANCELLED,
        "reason": reason,
        "granted_by": None,
        "cancelled_at": now,
        **_NO_ORDER,
        **_NO_TIMER,
    }


def withdrawal_changes(now: datetime) -> dict[str, Any]:
    """The changes of a withdrawal by the learner. The enrollment keeps its order, which can still be paid: enrolling
    again resumes the same order."""
    step = cancellation_changes(StatusReason.WITHDRAWN, now)
    return {name: value for name, value in step.items() if name not in _NO_ORDER}


def pending_changes(user_id: str, course_id: str, until: datetime) -> dict[str, Any]:
    """The changes to pending without an order. The enrollment's own entry in the due index expires it at `until`."""
    due = keys.due(f"{user_id}{course_id}", until)
    return {**_PENDING, **_NO_ORDER, "gsi2pk": due.pk, "gsi2sk": due.sk}


def pending_for_order_changes(order_id: str, amount: int, currency: str, until: datetime) -> dict[str, Any]:
    """The changes to pending for an order of `amount` (minor units). From now on the payment is in the due index, and
    the enrollment is not."""
    return {
        **_PENDING,
        **_NO_TIMER,
        "order_id": order_id,
        "order_amount": amount,
        "order_currency": currency,
        "order_window_ends_at": until,
    }


def resume_order_changes() -> dict[str, Any]:
    """The changes of a withdrawn enrollment back to pending, for the order that it kept."""
    return {**_PENDING, **_NO_TIMER}


def has_payable_order(enrollment: Enrollment, course: Course, now: datetime) -> bool:
    """Whether the enrollment has an order for the current price of the course whose order window has not ended."""
    return (
        enrollment.order_id is not None
        and (enrollment.order_amount, enrollment.order_currency) == (course.amount, course.currency)
        and now < enrollment.order_window_ends_at
    )


def has_resumable_order(enrollment: Enrollment, course: Course, now: datetime) -> bool:
    """Whether the learner withdrew from an order that enrolling again would resume. The order may have been paid or
    superseded since; this function does not check that."""
    withdrawn = enrollment.status is EnrollmentStatus.CANCELLED and enrollment.reason is StatusReason.WITHDRAWN
    return withdrawn and has_payable_order(enrollment, course, now)


_PENDING: Final[dict[str, Any]] = {
    "status": EnrollmentStatus.PENDING,
    "reason": None,
    "granted_by": None,
    "completed_at": None,
    "cancelled_at": None,
}
