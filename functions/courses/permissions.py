"""Who may see a course, and who may learn from it."""

from shared.db.entities import Course, Enrollment
from shared.domain.lifecycle import CourseStatus, Role
from shared.tokens import Caller


def is_public(course: Course) -> bool:
    return course.status is CourseStatus.PUBLISHED and not course.hidden


def is_owner_or_admin(course: Course, caller: Caller | None) -> bool:
    """Its instructor, or an admin."""
    return caller is not None and (caller.role is Role.ADMIN or caller.user_id == course.instructor_id)


def has_learner_access(course: Course, enrollment: Enrollment | None) -> bool:
    """Whoever has access keeps it when the course is hidden, unless the admin closed it to learners as well."""
    return enrollment is not None and enrollment.status.gives_access and not course.is_closed
