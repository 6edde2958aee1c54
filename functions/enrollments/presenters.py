"""From what was read to what is answered."""

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


def enrollment_with_next_step_out(learning: EnrollmentDetails) -> EnrollmentWithNextStepOut:
    pending = learning.enrollment.status is EnrollmentStatus.PENDING
    pay = EnrollmentNextStepOut(
        action="pay", route="POST /api/payments/create-order", course_id=learning.enrollment.course_id
    )
    return EnrollmentWithNextStepOut(**enrollment_fields(learning), next=pay if pending else None)


def lesson_progress_out(learning: EnrollmentDetails, lesson_id: str) -> LessonProgressOut:
    progress = learning.progress
    return LessonProgressOut(
        lesson_id=lesson_id,
        completed=lesson_id in _completed_lesson_ids(learning),
        position_seconds=progress.positions.as_dict().get(lesson_id) if progress else None,
        status=learning.enrollment.status,
        progress=progress_out(learning),
    )


def course_progress_out(learning: EnrollmentDetails) -> CourseProgressOut:
    lessons = learning.outline.lesson_ids() if learning.outline else []
    done, progress = _completed_lesson_ids(learning), learning.progress
    return CourseProgressOut(
        **progress_out(learning).model_dump(),
        status=learning.enrollment.status,
        completed_lesson_ids=[each for each in lessons if each in done],
        positions=progress.positions.as_dict() if progress else {},
        next_lesson_id=next_lesson(done, lessons),
        last_lesson_id=progress.last_lesson_id if progress else None,
        last_studied_at=progress.last_studied_at if progress else None,
    )


def learner_out(learning: EnrollmentDetails) -> LearnerOut:
    enrollment = learning.enrollment
    return LearnerOut(
        user_id=enrollment.user_id,
        name=enrollment.user_name,
        status=enrollment.status,
        created_at=enrollment.created_at,
        completed_at=enrollment.completed_at,
        progress=progress_out(learning),
    )


def _completed_lesson_ids(learning: EnrollmentDetails) -> set[str]:
    return set(learning.progress.completed or ()) if learning.progress else set()
