"""Schemas of an enrollment, which the enrollments and payments functions both return."""

from shared import clock
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.domain.lifecycle import EnrollmentStatus
from shared.domain.progress import summarize_progress
from shared.public_names import PublicReason
from shared.schemas import Money, Out, UtcTime


class EnrollmentProgressOut(Out):
    """`percent` is rounded down; it is 100 only when every current lesson is completed."""

    completed_lessons: int
    total_lessons: int
    percent: int


class EnrollmentCourseOut(Out):
    """The part of the course card that a learner's list of enrollments shows."""

    id: str
    title: str
    instructor: dict[str, str]
    price: Money
    thumbnail_url: str | None


class EnrollmentOut(Out):
    """`orders_on_hold` are the learner's orders for the course with money on hold: no other order can be created until
    it is accepted or refunded. `coupon` is the code in the price of the order for which a pending enrollment waits."""

    id: str
    course_id: str
    status: EnrollmentStatus
    reason: PublicReason
    granted_by: str | None
    orders_on_hold: list[str]
    coupon: str | None
    created_at: UtcTime
    activated_at: UtcTime | None
    completed_at: UtcTime | None
    certificate_id: str | None
    progress: EnrollmentProgressOut
    course: EnrollmentCourseOut | None


def progress_out(details: EnrollmentDetails) -> EnrollmentProgressOut:
    completed = details.progress.completed if details.progress else None
    lesson_ids = details.outline.lesson_ids() if details.outline else []
    return EnrollmentProgressOut.model_validate(summarize_progress(completed or (), lesson_ids))


def enrollment_out(details: EnrollmentDetails) -> EnrollmentOut:
    return EnrollmentOut(**enrollment_fields(details))


def enrollment_fields(details: EnrollmentDetails) -> dict[str, object]:
    """The fields of EnrollmentOut. Its `id` is the course id, because a learner has one enrollment per course."""
    enrollment, course = details.enrollment, details.course
    return {
        "id": enrollment.course_id,
        "course_id": enrollment.course_id,
        "status": enrollment.status,
        "reason": enrollment.reason,
        "granted_by": enrollment.granted_by,
        "orders_on_hold": enrollment.orders_on_hold or [],
        "coupon": enrollment.order_coupon if enrollment.status is EnrollmentStatus.PENDING else None,
        "created_at": enrollment.created_at,
        "activated_at": enrollment.activated_at,
        "completed_at": enrollment.completed_at,
        "certificate_id": enrollment.certificate_id,
        "progress": progress_out(details),
        "course": course
        and EnrollmentCourseOut(
            id=course.course_id,
            title=course.title,
            instructor={"id": course.instructor_id, "name": course.instructor_name},
            price=Money(amount=course.price_at(clock.now()), currency=course.currency),
            thumbnail_url=course.thumbnail_url,
        ),
    }
