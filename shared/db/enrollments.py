"""Enrollments: one item per learner and course, for ever. Its uniqueness is its key."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Any

from shared.db import keys, store
from shared.db.changes import Changes, actions, as_read, changed
from shared.db.entities import Course, Enrollment, Outline, Progress
from shared.db.transaction import Transaction
from shared.lifecycle import EnrollmentStatus


class EnrollOutcome(StrEnum):
    WRITTEN = auto()
    CHANGED = auto()
    """The enrollment or the course is no longer what was read: read again, decide again."""


def add_step(
    writing: Transaction, read: Enrollment | None, base: Enrollment, step: Changes, now: datetime
) -> Enrollment:
    """Adds to `writing`, under "enrollment", the step from what was `read`; `base` is what was read, or a blank one.

    Answers with the enrollment as it will be stored. A step that gives access makes the progress item too."""
    changes = {**step, "version": base.version + 1, "updated_at": now}
    after = changed(base, changes)
    if read is None:
        writing.put("enrollment", after)
    else:
        where = keys.enrollment(base.user_id, base.course_id)
        writing.update("enrollment", where, actions(Enrollment, changes), as_read(Enrollment, read))
    if after.status.gives_access and not (read and read.status.gives_access):
        _make_progress(writing, base.user_id, base.course_id)
    return after


def mark_enrolled(writing: Transaction, course: Course) -> None:
    """Adds, under "course", the mark that keeps a course with learners from being deleted, unless it is there already:
    later learners do not touch the course item, so a hot course is not one conflict after another."""
    if not course.ever_enrolled:
        c = Course
        writing.update("course", keys.course(course.course_id), [c.ever_enrolled.set(True)], c.status == course.status)


def enroll(
    course: Course, read: Enrollment | None, base: Enrollment, step: Changes, now: datetime
) -> tuple[EnrollOutcome, Enrollment]:
    """One transaction: the enrollment, its progress when access is given, and the course's first-learner mark."""
    writing = Transaction()
    after = add_step(writing, read, base, step, now)
    mark_enrolled(writing, course)
    return (EnrollOutcome.CHANGED if writing.commit() else EnrollOutcome.WRITTEN), after


def end(read: Enrollment, step: Changes, now: datetime) -> tuple[EnrollOutcome, Enrollment]:
    """One conditional write of a step that gives no access."""
    writing = Transaction()
    after = add_step(writing, read, read, step, now)
    return (EnrollOutcome.CHANGED if writing.commit() else EnrollOutcome.WRITTEN), after


class CompleteOutcome(StrEnum):
    COMPLETED = auto()
    NOT_ACTIVE = auto()
    """It is completed already, or was cancelled meanwhile."""
    OUTLINE_CHANGED = auto()


def complete(user_id: str, course_id: str, outline_version: int, now: datetime) -> CompleteOutcome:
    """active > completed, once, and only while the outline is the one whose lessons were counted."""
    e = Enrollment
    writing = Transaction()
    writing.check("outline", keys.outline(course_id), Outline.version == outline_version)
    writing.update(
        "enrollment",
        keys.enrollment(user_id, course_id),
        [
            e.status.set(EnrollmentStatus.COMPLETED),
            e.completed_at.set(now),
            e.updated_at.set(now),
            e.version.add(1),
        ],
        e.status == EnrollmentStatus.ACTIVE,
    )
    failed = writing.commit()
    if "enrollment" in failed:
        return CompleteOutcome.NOT_ACTIVE
    return CompleteOutcome.OUTLINE_CHANGED if failed else CompleteOutcome.COMPLETED


def _make_progress(writing: Transaction, user_id: str, course_id: str) -> None:
    """Upsert: what was learned before a cancellation is kept."""
    p = Progress
    writing.update(
        "progress",
        keys.progress(user_id, course_id),
        [p.kind.set(p.KIND), p.course_id.set(course_id), p.positions.set(p.positions | {})],
        None,
    )


def list_of_course(course_id: str, limit: int, start: dict[str, Any] | None) -> tuple[list[Enrollment], Any]:
    """A course's enrollments, oldest first, from the index: (enrollments, next key)."""
    page = store.query(
        keys.course(course_id).pk,
        sk=Enrollment.gsi1sk.startswith("ENROLLMENT#"),
        index=keys.GSI1,
        limit=limit,
        start=start,
    )
    return page.of(Enrollment), page.next_key
