"""Progress in lessons. Completing the last lesson completes the enrollment, exactly once."""

from functools import partial

from functions.enrollments.certificates import certificate_service
from shared import clock
from shared.db.enrollments import enrollment_details, enrollments, lesson_progress
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.table.retry import WriteConflict, retry_on_conflict
from shared.domain.lifecycle import EnrollmentStatus
from shared.domain.progress import summarize_progress
from shared.errors import Conflict, CourseNotFound, EnrollmentNotFound, LessonNotFound, NotEnrolled
from shared.tokens import Caller


def record_progress(
    details: EnrollmentDetails, lesson_id: str, completed: bool | None, position: int | None
) -> EnrollmentDetails:
    """Marks a lesson complete or incomplete, and stores the video position in seconds; None leaves a value unchanged.
    The operation is idempotent.

    `details` is the result of `require_access`. An active enrollment is completed when every lesson of the current
    outline is complete. A completed enrollment stays completed. Raises LessonNotFound, Conflict, StoreUnavailable."""
    if details.outline is None or lesson_id not in details.outline.lesson_ids():
        raise LessonNotFound("the course has no such lesson")
    enrollment = details.enrollment
    progress = lesson_progress.record_lesson_progress(
        enrollment.user_id,
        enrollment.course_id,
        lesson_id,
        completed=completed,
        position=position,
        now=clock.now(),
    )
    updated = EnrollmentDetails(enrollment, progress, details.course, details.outline)
    return _complete_if_finished(updated) if completed else updated


def require_access(caller: Caller, course_id: str) -> EnrollmentDetails:
    """The enrollment of a caller with access to the course.

    Raises EnrollmentNotFound, NotEnrolled, CourseNotFound (when an admin closed the course to its learners),
    StoreUnavailable."""
    details = enrollment_details.read_details(caller.user_id, course_id)
    if details is None:
        raise EnrollmentNotFound("you are not enrolled in this course")
    if not details.enrollment.status.gives_access:
        raise NotEnrolled("only learners with access to the course have progress in it")
    if details.is_closed:
        raise CourseNotFound
    return details


def _complete_if_finished(details: EnrollmentDetails) -> EnrollmentDetails:
    """Completes an active enrollment if every lesson of the current outline is complete. Raises Conflict,
    StoreUnavailable."""
    current = details

    def attempt() -> EnrollmentDetails:
        nonlocal current
        enrollment, outline = current.enrollment, current.outline
        if outline is None or not _is_ready_to_complete(current):
            return current
        certificate = certificate_service.certificate_to_issue(current)
        completed = enrollments.complete(enrollment, outline.version, certificate, clock.now())
        stored = enrollment_details.read_details(enrollment.user_id, enrollment.course_id)
        current = stored or current
        if not completed:
            raise WriteConflict
        return current

    return retry_on_conflict(attempt, partial(Conflict, "the course is being edited: try again"))


def _is_ready_to_complete(details: EnrollmentDetails) -> bool:
    """Whether the enrollment is active and every lesson of the outline is complete."""
    if details.enrollment.status is not EnrollmentStatus.ACTIVE or details.outline is None:
        return False
    completed = details.progress.completed if details.progress else None
    return summarize_progress(completed or (), details.outline.lesson_ids()).complete
