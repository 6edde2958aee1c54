"""Courses: every change is one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum, auto
from typing import Any, Final

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.db import audit
from shared.db.courses.course_pages import Versions
from shared.db.entities import Course, Enrollment, MediaAsset, Outline
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.transaction import FailedConditions, Transaction
from shared.domain.lifecycle import CourseStatus

_FIRST_VERSION: Final = 1


class CourseOutcome(StrEnum):
    WRITTEN = auto()
    NOT_FOUND = auto()
    """Gone, or another instructor's."""
    ARCHIVED = auto()
    EMPTY = auto()
    """No lesson: it cannot be published."""
    STALE = auto()
    """It is not the version the caller, or the service, has seen."""
    HAS_LEARNERS = auto()


def get(course_id: str) -> Course | None:
    """The course alone: one GetItem."""
    return store.get(Course, keys.course(course_id))


def get_enrollment(user_id: str, course_id: str) -> Enrollment | None:
    """One GetItem."""
    return store.get(Enrollment, keys.enrollment(user_id, course_id))


def get_with_outline(course_id: str) -> tuple[Course, Outline] | None:
    """One BatchGetItem."""
    course_key, outline_key = keys.course(course_id), keys.outline(course_id)
    found = store.get_many([course_key, outline_key])
    course, outline = found.get(course_key), found.get(outline_key)
    if isinstance(course, Course) and isinstance(outline, Outline):
        return course, outline
    return None


def create(course: Course) -> None:
    """The course and its empty outline. The id is new, so nothing can be in the way."""
    writing = Transaction()
    writing.put("course", course)
    writing.put(
        "outline",
        Outline.build(
            keys.outline(course.course_id),
            course_id=course.course_id,
            sections=[],
            lessons={},
            lesson_count=0,
            version=_FIRST_VERSION,
        ),
    )
    writing.commit()


def edit(
    course_id: str, owner_id: str, changes: Mapping[str, Any], *, expected: Versions | None, now: datetime
) -> CourseOutcome:
    """Sets the attributes in `changes`. With `status` published the course must have a lesson, and the moment of its
    first publication is kept for ever. `expected` is what a caller with If-Match has seen."""
    publishing = changes.get("status") is CourseStatus.PUBLISHED
    actions = [getattr(Course, name).set(value) for name, value in changes.items()]
    if publishing:
        actions.append(Course.published_at.set(Course.published_at | now))
    condition = (Course.instructor_id == owner_id) & (Course.status != CourseStatus.ARCHIVED)
    writing = Transaction()
    if expected:
        condition &= Course.version == expected.course
    writing.update("course", keys.course(course_id), [*actions, *_version_and_time(now)], condition)
    if publishing or expected:
        writing.check("outline", keys.outline(course_id), _outline_condition(publishing, expected))
    return _edit_outcome(writing.commit(), owner_id, expected)


def _outline_condition(publishing: bool, expected: Versions | None) -> Condition:
    condition = Outline.pk.exists()
    if publishing:
        condition &= Outline.lesson_count >= 1
    if expected:
        condition &= Outline.version == expected.outline
    return condition


def _edit_outcome(failed: FailedConditions, owner_id: str, expected: Versions | None) -> CourseOutcome:
    if not failed:
        return CourseOutcome.WRITTEN
    course, outline = failed.get("course"), failed.get("outline")
    if "course" in failed:
        if not isinstance(course, Course) or course.instructor_id != owner_id:
            return CourseOutcome.NOT_FOUND
        return CourseOutcome.ARCHIVED if course.status is CourseStatus.ARCHIVED else CourseOutcome.STALE
    if not isinstance(outline, Outline):
        return CourseOutcome.NOT_FOUND
    return CourseOutcome.STALE if expected and outline.version != expected.outline else CourseOutcome.EMPTY


def moderate(course: Course, *, hidden: bool, closed: bool, reason: str, admin_id: str, now: datetime) -> CourseOutcome:
    """Hides or shows `course` as it was read, and records who did so, in one transaction. `closed`: to its learners."""
    writing = Transaction()
    writing.update(
        "course",
        keys.course(course.course_id),
        [
            Course.hidden.set(hidden),
            Course.closed.set(closed),
            Course.moderation_reason.set(reason),
            *_version_and_time(now),
        ],
        Course.version == course.version,
    )
    audit.record(
        writing,
        admin_id=admin_id,
        action="course_hidden" if hidden else "course_restored",
        subject=course.course_id,
        reason=reason,
        before={"hidden": course.hidden} | ({"closed": course.closed} if closed is not course.closed else {}),
        after={"hidden": hidden} | ({"closed": closed} if closed is not course.closed else {}),
    )
    failed = writing.commit()
    if not failed:
        return CourseOutcome.WRITTEN
    return CourseOutcome.STALE if isinstance(failed.get("course"), Course) else CourseOutcome.NOT_FOUND


def set_thumbnail(course: Course, *, public_id: str, url: str, version: int, now: datetime) -> CourseOutcome:
    """Replaces the thumbnail of `course` as it was read: STALE when another one came first."""
    same: Condition = Course.thumbnail_public_id.does_not_exist()
    if course.thumbnail_public_id is not None:
        same = Course.thumbnail_public_id == course.thumbnail_public_id
    writing = Transaction()
    writing.update(
        "course",
        keys.course(course.course_id),
        [
            Course.thumbnail_public_id.set(public_id),
            Course.thumbnail_url.set(url),
            Course.thumbnail_version.set(version),
            *_version_and_time(now),
        ],
        Course.pk.exists() & same,
    )
    failed = writing.commit()
    if not failed:
        return CourseOutcome.WRITTEN
    return CourseOutcome.STALE if failed["course"] else CourseOutcome.NOT_FOUND


def record_asset(asset: MediaAsset) -> None:
    """Notes, once, that a lesson video of an existing course has arrived."""
    writing = Transaction()
    writing.check("course", keys.course(asset.course_id), Course.pk.exists())
    writing.put("asset", asset)
    writing.commit()


def delete(course: Course, outline: Outline) -> CourseOutcome:
    """Takes the course away for good, unless somebody ever enrolled. Course and outline go in one transaction, so from
    then on nothing can be added or bought; what is left in the partition is unreachable and is swept after it."""
    course_id = course.course_id
    writing = Transaction()
    writing.delete("course", keys.course(course_id), Course.pk.exists() & (Course.ever_enrolled == False))  # noqa: E712
    writing.delete("outline", keys.outline(course_id), Outline.version == outline.version)
    failed = writing.commit()
    if "course" in failed:
        return CourseOutcome.HAS_LEARNERS if failed["course"] else CourseOutcome.NOT_FOUND
    if failed:
        return CourseOutcome.STALE if failed["outline"] else CourseOutcome.NOT_FOUND
    assets = store.query_all(keys.course(course_id).pk, sk=Item.sk.startswith("ASSET#"))
    store.delete_many(_content_keys(course_id, outline) + [keys.Key(asset.pk, asset.sk) for asset in assets])
    return CourseOutcome.WRITTEN


def _content_keys(course_id: str, outline: Outline) -> list[keys.Key]:
    sections: Sequence[str] = outline.sections
    lessons = outline.lesson_ids()
    return [
        *(keys.section(course_id, section) for section in sections),
        *(keys.lesson(course_id, lesson) for lesson in lessons),
        *(keys.lesson_body(course_id, lesson) for lesson in lessons),
        keys.course_counters(course_id),
    ]


def _version_and_time(now: datetime) -> list[Action]:
    return [Course.version.add(1), Course.updated_at.set(now)]
