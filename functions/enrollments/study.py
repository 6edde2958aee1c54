"""Learning: ticking lessons off, and the tick that completes the course, once."""

from typing import Final

from functions.enrollments import certificates
from functions.enrollments.errors import CourseUnknown, EnrollmentNotFound, LessonNotInCourse, NotEnrolled
from shared import clock
from shared.db import enrollments, learning
from shared.db.entities import Outline
from shared.db.learning import Learning
from shared.errors import Conflict
from shared.lifecycle import EnrollmentStatus
from shared.progress import progress_of
from shared.tokens import Caller

_ROUNDS: Final = 5


def tick(found: Learning, lesson_id: str, completed: bool | None, position: int | None) -> Learning:
    """Ticks a lesson (or takes the tick back) and keeps the video position. Repeating it changes nothing more.

    `found` is what `entitled` read. When with this tick every lesson of today is done, an active enrollment becomes
    completed; a completed one stays so. Raises LessonNotInCourse, Conflict, StoreUnavailable."""
    if found.outline is None or lesson_id not in found.outline.lesson_ids():
        raise LessonNotInCourse
    enrollment = found.enrollment
    progress = learning.tick(
        enrollment.user_id,
        enrollment.course_id,
        lesson_id,
        completed=completed,
        position=position,
        now=clock.now(),
    )
    ticked = Learning(enrollment, progress, found.course, found.outline)
    return _complete(ticked) if completed else ticked


def entitled(caller: Caller, course_id: str) -> Learning:
    """Raises EnrollmentNotFound, NotEnrolled, CourseUnknown (an admin closed it to its learners, too),
    StoreUnavailable."""
    found = learning.read(caller.user_id, course_id)
    if found is None:
        raise EnrollmentNotFound
    if not found.enrollment.status.gives_access:
        raise NotEnrolled
    if found.is_closed:
        raise CourseUnknown
    return found


def _complete(ticked: Learning) -> Learning:
    for _ in range(_ROUNDS):
        enrollment, outline = ticked.enrollment, ticked.outline
        if enrollment.status is not EnrollmentStatus.ACTIVE or outline is None or not _all_done(ticked, outline):
            return ticked
        enrollments.complete(enrollment, outline.version, certificates.to_issue(ticked), clock.now())
        again = learning.read(enrollment.user_id, enrollment.course_id)
        if again is None:
            return ticked
        ticked = again
    raise Conflict("the course is being edited: tick again")


def _all_done(ticked: Learning, outline: Outline) -> bool:
    done = ticked.progress.completed if ticked.progress else None
    return progress_of(done or (), outline.lesson_ids()).complete
