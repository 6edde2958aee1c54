"""Converts enrollment details to their public schemas."""

from functions.enrollments.schemas import (
    CourseProgressOut,
    EnrollmentNextStepOut,
    EnrollmentWithNextStepOut,
    LearnerOut,
    LessonProgressOut,
)
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.domain.lifecycle import EnrollmentStatus
from shared.domain.progress import next_lesson
from shared.enrollment_schemas import enrollment_fields, progress_out


def enrollment_with_next_step_out(details: EnrollmentDetails) -> EnrollmentWithNextStepOut:
    """An enrollment; a pending one with the route that creates an order for it."""
    pending = details.enrollment.status is EnrollmentStatus.PENDING
    pay = EnrollmentNextStepOut(
        action="pay", route="POST /api/payments/create-order", course_id=details.enrollment.course_id
    )
    return EnrollmentWithNextStepOut(**enrollment_fields(details), next=pay if pending else None)


def lesson_progress_out(details: EnrollmentDetails, lesson_id: str) -> LessonProgressOut:
    """The progress in one lesson, and in the course."""
    progress = details.progress
    return LessonProgressOut(
        lesson_id=lesson_id,
        completed=lesson_id in _completed_lesson_ids(details),
        position_seconds=progress.positions.as_dict().get(lesson_id) if progress else None,
        status=details.enrollment.status,
        progress=progress_out(details),
    )


def course_progress_out(details: EnrollmentDetails) -> CourseProgressOut:
    """The progress in every lesson of a course. `completed_lesson_ids` is in the order of the outline."""
    lesson_ids = details.outline.lesson_ids() if details.outline else []
    completed, progress = _completed_lesson_ids(details), details.progress
    return CourseProgressOut(
        **progress_out(details).model_dump(),
        status=details.enrollment.status,
        completed_lesson_ids=[lesson_id for lesson_id in lesson_ids if lesson_id in completed],
        positions=progress.positions.as_dict() if progress else {},
        next_lesson_id=next_lesson(completed, lesson_ids),
        last_lesson_id=progress.last_lesson_id if progress else None,
        last_studied_at=progress.last_studied_at if progress else None,
    )


def learner_out(details: EnrollmentDetails) -> LearnerOut:
    """A learner for the instructor of the course."""
    enrollment = details.enrollment
    return LearnerOut(
        user_id=enrollment.user_id,
        name=enrollment.user_name,
        status=enrollment.status,
        created_at=enrollment.created_at,
        completed_at=enrollment.completed_at,
        progress=progress_out(details),
    )


def _completed_lesson_ids(details: EnrollmentDetails) -> set[str]:
    return set(details.progress.completed or ()) if details.progress else set()
