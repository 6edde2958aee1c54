"""Learning: ticking lessons off, and the tick that completes the course, once."""

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
    found: EnrollmentDetails, lesson_id: str, completed: bool | None, position: int | None
) -> EnrollmentDetails:
    """Ticks a lesson (or takes the tick back) and keeps the video position. Repeating it changes nothing more.

    `found` is what `entitled` read. When with this tick every lesson of today is done, an active enrollment becomes
    completed; a completed one stays so. Raises LessonNotFound, Conflict, StoreUnavailable."""
    if found.outline is None or lesson_id not in found.outline.lesson_ids():
        raise LessonNotFound("the course has no such lesson")
    enrollment = found.enrollment
    progress = lesson_progress.record_lesson_progress(
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
    """Raises EnrollmentNotFound, NotEnrolled, CourseNotFound (an admin closed it to its learners, too),
    StoreUnavailable."""
    found = enrollment_details.read_details(caller.user_id, course_id)
    if found is None:
        raise EnrollmentNotFound("you are not enrolled in this course")
    if not found.enrollment.status.gives_access:
        raise NotEnrolled("only learners with access to the course have progress in it")
    if found.is_closed:
        raise CourseNotFound
    return found


def _complete_if_finished(details: EnrollmentDetails) -> EnrollmentDetails:
    """Completes the enrollment while every lesson of the current outline is done. Raises Conflict, StoreUnavailable."""
    current = details

    def attempt() -> EnrollmentDetails:
        nonlocal current
        enrollment, outline = current.enrollment, current.outline
        if outline is None or not _is_ready_to_complete(current):
            return current
        certificate = certificate_service.certificate_to_issue(current)
        enrollments.complete(enrollment, outline.version, certificate, clock.now())
        stored = enrollment_details.read_details(enrollment.user_id, enrollment.course_id)
        if stored is None:
            return current
        current = stored
        if _is_ready_to_complete(stored):
            raise WriteConflict
        return stored

    return retry_on_conflict(attempt, partial(Conflict, "the course is being edited: tick again"))


def _is_ready_to_complete(details: EnrollmentDetails) -> bool:
    """Whether an active enrollment has every lesson of the outline done."""
    if details.enrollment.status is not EnrollmentStatus.ACTIVE or details.outline is None:
        return False
    done = details.progress.completed if details.progress else None
    return summarize_progress(done or (), details.outline.lesson_ids()).complete
