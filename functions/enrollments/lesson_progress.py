"""Learning: ticking lessons off, and the tick that completes the course, once."""

from typing import Final

from functions.enrollments.certificates import certificate_service
from functions.enrollments.errors import CourseUnknown, EnrollmentNotFound, LessonNotInCourse, NotEnrolled
from shared import clock
from shared.db.enrollments import enrollment_details, enrollments
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Outline
from shared.domain.lifecycle import EnrollmentStatus
from shared.domain.progress import summarize_progress
from shared.errors import Conflict
from shared.tokens import Caller

_MAX_ATTEMPTS: Final = 5


def record_progress(
    found: EnrollmentDetails, lesson_id: str, completed: bool | None, position: int | None
) -> EnrollmentDetails:
    """Ticks a lesson (or takes the tick back) and keeps the video position. Repeating it changes nothing more.

    `found` is what `entitled` read. When with this tick every lesson of today is done, an active enrollment becomes
    completed; a completed one stays so. Raises LessonNotInCourse, Conflict, StoreUnavailable."""
    if found.outline is None or lesson_id not in found.outline.lesson_ids():
        raise LessonNotInCourse
    enrollment = found.enrollment
    progress = enrollment_details.record_lesson_progress(
        enrollment.user_id,
        enrollment.course_id,
        lesson_id,
        completed=completed,
        position=position,
        now=clock.now(),
    )
    ticked = EnrollmentDetails(enrollment, progress, found.course, found.outline)
    return _complete_if_finished(ticked) if completed else ticked


def require_access(caller: Caller, course_id: str) -> EnrollmentDetails:
    """Raises EnrollmentNotFound, NotEnrolled, CourseUnknown (an admin closed it to its learners, too),
    StoreUnavailable."""
    found = enrollment_details.read_details(caller.user_id, course_id)
    if found is None:
        raise EnrollmentNotFound
    if not found.enrollment.status.gives_access:
        raise NotEnrolled
    if found.is_closed:
        raise CourseUnknown
    return found


def _complete_if_finished(ticked: EnrollmentDetails) -> EnrollmentDetails:
    for _ in range(_MAX_ATTEMPTS):
        enrollment, outline = ticked.enrollment, ticked.outline
        if (
            enrollment.status is not EnrollmentStatus.ACTIVE
            or outline is None
            or not _all_lessons_completed(ticked, outline)
        ):
            return ticked
        enrollments.complete(enrollment, outline.version, certificate_service.certificate_to_issue(ticked), clock.now())
        again = enrollment_details.read_details(enrollment.user_id, enrollment.course_id)
        if again is None:
            return ticked
        ticked = again
    raise Conflict("the course is being edited: tick again")


def _all_lessons_completed(ticked: EnrollmentDetails, outline: Outline) -> bool:
    done = ticked.progress.completed if ticked.progress else None
    return summarize_progress(done or (), outline.lesson_ids()).complete
