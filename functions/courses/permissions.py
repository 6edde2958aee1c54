"""Permissions to see a course and to open its lessons."""

from shared.db.entities import Course, Enrollment
from shared.domain.lifecycle import CourseStatus, Role
from shared.tokens import Caller


def is_public(course: Course) -> bool:
    """Whether anyone may see the course: it is published and not hidden."""
    return course.status is CourseStatus.PUBLISHED and not course.hidden


def is_owner_or_admin(course: Course, caller: Caller | None) -> bool:
    """Whether the caller is the instructor of the course or an admin."""
    return caller is not None and (caller.role is Role.ADMIN or caller.user_id == course.instructor_id)


def has_learner_access(course: Course, enrollment: Enrollment | None) -> bool:
    """Whether the enrollment gives access. Learners keep their access to a hidden course, unless an admin also closed
    it to them."""
    return enrollment is not None and enrollment.status.gives_access and not course.is_closed
