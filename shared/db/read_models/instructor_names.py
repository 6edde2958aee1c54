"""The name an instructor's courses carry: a copy of the user's, brought up to date when that changes."""

from collections.abc import Iterable

from shared.db.entities import Course, InstructorCourse, User
from shared.db.table import keys, store


def update_all_courses(instructor_id: str) -> None:
    """Writes the user's name as it is now on every course of theirs: one Query, one read and an update for each course
    that carries another. Raises StoreUnavailable."""
    rows = store.query_all(keys.instructor_totals(instructor_id).pk, sk=InstructorCourse.sk.startswith("COURSE#"))
    update_courses(instructor_id, [row.course_id for row in rows if isinstance(row, InstructorCourse)])


def update_courses(instructor_id: str, course_ids: Iterable[str]) -> None:
    """The same for these courses. An older name never replaces a newer one."""
    course_ids = list(course_ids)
    user = store.get(User, keys.user(instructor_id)) if course_ids else None
    if user is None:
        return
    c = Course
    for course_id in course_ids:
        store.update(
            c,
            keys.course(course_id),
            [c.instructor_name.set(user.name), c.instructor_named_at.set(user.updated_at), c.version.add(1)],
            c.pk.exists()
            & (c.instructor_name != user.name)
            & (c.instructor_named_at.does_not_exist() | (c.instructor_named_at < user.updated_at)),
        )
