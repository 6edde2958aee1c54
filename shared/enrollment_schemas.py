"""An enrollment on the wire: enrollments and payments both answer with one."""

from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.domain.lifecycle import EnrollmentStatus, StatusReason
from shared.domain.progress import summarize_progress
from shared.schemas import Money, Out, UtcTime


class EnrollmentProgressOut(Out):
    """`percent` is rounded down, and 100 only when every lesson of today is done."""

    completed_lessons: int
    total_lessons: int
    percent: int


class EnrollmentCourseOut(Out):
    """The course's card, as far as a learner's list needs it."""

    id: str
    title: str
    instructor: dict[str, str]
    price: Money
    thumbnail_url: str | None


class EnrollmentOut(Out):
    id: str
    course_id: str
    status: EnrollmentStatus
    reason: StatusReason | None
    granted_by: str | None
    created_at: UtcTime
    activated_at: UtcTime | None
    completed_at: UtcTime | None
    certificate_id: str | None
    progress: EnrollmentProgressOut
    course: EnrollmentCourseOut | None


def progress_out(learning: EnrollmentDetails) -> EnrollmentProgressOut:
    ticked = learning.progress.completed if learning.progress else None
    lessons = learning.outline.lesson_ids() if learning.outline else []
    return EnrollmentProgressOut.model_validate(summarize_progress(ticked or (), lessons))


def enrollment_out(learning: EnrollmentDetails) -> EnrollmentOut:
    return EnrollmentOut(**enrollment_fields(learning))


def enrollment_fields(learning: EnrollmentDetails) -> dict[str, object]:
    """The values of EnrollmentOut. Its id is the course's: a learner has one enrollment per course."""
    enrollment, course = learning.enrollment, learning.course
    return {
        "id": enrollment.course_id,
        "course_id": enrollment.course_id,
        "status": enrollment.status,
        "reason": enrollment.reason,
        "granted_by": enrollment.granted_by,
        "created_at": enrollment.created_at,
        "activated_at": enrollment.activated_at,
        "completed_at": enrollment.completed_at,
        "certificate_id": enrollment.certificate_id,
        "progress": progress_out(learning),
        "course": course
        and EnrollmentCourseOut(
            id=course.course_id,
            title=course.title,
            instructor={"id": course.instructor_id, "name": course.instructor_name},
            price=Money(amount=course.amount, currency=course.currency),
            thumbnail_url=course.thumbnail_url,
        ),
    }
