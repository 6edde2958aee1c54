"""The learners of a course, for its instructor and admins."""

from shared.db.enrollments import enrollments
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Course, Outline, Progress
from shared.db.table import keys, store
from shared.db.table.store import StartKey
from shared.domain.lifecycle import Role
from shared.errors import CourseNotFound
from shared.tokens import Caller


def require_owned_outline(caller: Caller, course_id: str) -> Outline | None:
    """The outline of a course that the caller owns, or of any course for an admin. Raises CourseNotFound,
    StoreUnavailable."""
    found = store.get_many([keys.course(course_id), keys.outline(course_id)])
    course = store.cast_to(Course, found.get(keys.course(course_id)))
    if course is None or (caller.role is not Role.ADMIN and course.instructor_id != caller.user_id):
        raise CourseNotFound
    return store.cast_to(Outline, found.get(keys.outline(course_id)))


def list_learners(
    outline: Outline | None, course_id: str, limit: int, start: StartKey
) -> tuple[list[EnrollmentDetails], StartKey]:
    """A page of learners with their progress, and the key of the next page. One Query of the index and one
    BatchGetItem. Raises StoreUnavailable."""
    listed, next_key = enrollments.list_by_course(course_id, limit, start)
    progress_keys = [keys.progress(enrollment.user_id, course_id) for enrollment in listed]
    found = store.get_many(progress_keys)
    learners = [
        EnrollmentDetails(enrollment, store.cast_to(Progress, found.get(key)), None, outline)
        for enrollment, key in zip(listed, progress_keys, strict=True)
    ]
    return learners, next_key
