"""The instructor's name on courses: a copy of the user's name, updated when the user changes it."""

from collections.abc import Iterable

from shared.db.entities import Course, InstructorCourse, User
from shared.db.table import keys, store


def update_all_courses(instructor_id: str) -> None:
    """Writes the user's current name on all courses of the instructor: one Query, one GetItem, and one UpdateItem per
    course. Raises StoreUnavailable."""
    rows = store.query_all(keys.instructor_totals(instructor_id).pk, sk=InstructorCourse.sk.startswith("COURSE#"))
    update_courses(instructor_id, [row.course_id for row in rows if isinstance(row, InstructorCourse)])


def update_courses(instructor_id: str, course_ids: Iterable[str]) -> None:
    """Writes the user's current name on these courses. An older name never replaces a newer one, and a course that has
    the name already is left unchanged. Raises StoreUnavailable."""
    course_ids = list(course_ids)
    user = store.get(User, keys.user(instructor_id)) if course_ids else None
    if user is None:
        return
    for course_id in course_ids:
        store.update(
            Course,
            keys.course(course_id),
            [
                Course.instructor_name.set(user.name),
                Course.instructor_named_at.set(user.updated_at),
                Course.version.add(1),
            ],
            Course.pk.exists()
            & (Course.instructor_name != user.name)
            & (Course.instructor_named_at.does_not_exist() | (Course.instructor_named_at < user.updated_at)),
        )
