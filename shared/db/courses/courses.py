"""Courses: reads, and changes that are one transaction each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum, auto
from typing import Any, Final, NamedTuple

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from shared.db import audit
from shared.db.courses.course_pages import Versions
from shared.db.entities import Course, Enrollment, MediaAsset, Outline
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.changes import unchanged_since_read, update_actions
from shared.db.table.transaction import FailedConditions, Transaction
from shared.domain.lifecycle import CourseStatus
from shared.errors import StoreUnavailable

_FIRST_VERSION: Final = 1


class CourseOutcome(StrEnum):
    WRITTEN = auto()
    NOT_FOUND = auto()
    """It does not exist, or another instructor owns it."""
    ARCHIVED = auto()
    EMPTY = auto()
    """It has no lesson, so it cannot be published."""
    STALE = auto()
    """It changed since the client, or the service, read it."""
    HAS_LEARNERS = auto()


class CourseWithOutline(NamedTuple):
    course: Course
    outline: Outline


def get(course_id: str) -> Course | None:
    """The course without its outline: one GetItem."""
    return store.get(Course, keys.course(course_id))


def get_enrollment(user_id: str, course_id: str) -> Enrollment | None:
    """One GetItem."""
    return store.get(Enrollment, keys.enrollment(user_id, course_id))


def get_with_outline(course_id: str) -> CourseWithOutline | None:
    """One BatchGetItem."""
    course_key, outline_key = keys.course(course_id), keys.outline(course_id)
    found = store.get_many([course_key, outline_key])
    course, outline = store.cast_to(Course, found.get(course_key)), store.cast_to(Outline, found.get(outline_key))
    return CourseWithOutline(course, outline) if course and outline else None


def create(course: Course) -> None:
    """Stores the course and its empty outline. Raises StoreUnavailable, also if the random id is taken."""
    transaction = Transaction()
    transaction.put("course", course)
    transaction.put(
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
    if transaction.commit():
        raise StoreUnavailable


def edit(
    course_id: str,
    owner_id: str,
    changes: Mapping[str, Any],
    *,
    expected: Versions | None,
    now: datetime,
    read: Course | None = None,
) -> CourseOutcome:
    """Sets the attributes in `changes`; None removes one. Publishing requires a lesson; the time of the first
    publication never changes again. `expected` are the versions of an If-Match header, if there is one. `read` is the
    course from which the changes follow: STALE if it has changed since."""
    publishing = changes.get("status") is CourseStatus.PUBLISHED
    actions = update_actions(Course, changes)
    if publishing:
        actions.append(Course.published_at.set(Course.published_at | now))
    condition = (Course.instructor_id == owner_id) & (Course.status != CourseStatus.ARCHIVED)
    transaction = Transaction()
    if expected:
        condition &= Course.version == expected.course
    if read:
        condition &= unchanged_since_read(Course, read)
    transaction.update("course", keys.course(course_id), [*actions, *_version_and_time(now)], condition)
    if publishing or expected:
        transaction.check("outline", keys.outline(course_id), _outline_condition(publishing, expected))
    return _edit_outcome(transaction.commit(), owner_id, expected)


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
    """Hides or shows `course` if it is unchanged since the read, and audits it, in one transaction. `closed` hides it
    from its learners too."""
    changes_closed = closed is not course.closed
    transaction = Transaction()
    transaction.update(
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
        transaction,
        admin_id=admin_id,
        action="course_hidden" if hidden else "course_restored",
        subject=course.course_id,
        reason=reason,
        before={"hidden": course.hidden, "closed": course.closed} if changes_closed else {"hidden": course.hidden},
        after={"hidden": hidden, "closed": closed} if changes_closed else {"hidden": hidden},
    )
    failed = transaction.commit()
    if not failed:
        return CourseOutcome.WRITTEN
    return CourseOutcome.STALE if isinstance(failed.get("course"), Course) else CourseOutcome.NOT_FOUND


def set_thumbnail(course: Course, *, public_id: str, url: str, version: int, now: datetime) -> CourseOutcome:
    """Replaces the thumbnail that `course` had when it was read. STALE: another upload has replaced it since."""
    unchanged: Condition = Course.thumbnail_public_id.does_not_exist()
    if course.thumbnail_public_id is not None:
        unchanged = Course.thumbnail_public_id == course.thumbnail_public_id
    transaction = Transaction()
    transaction.update(
        "course",
        keys.course(course.course_id),
        [
            Course.thumbnail_public_id.set(public_id),
            Course.thumbnail_url.set(url),
            Course.thumbnail_version.set(version),
            *_version_and_time(now),
        ],
        Course.pk.exists() & unchanged,
    )
    failed = transaction.commit()
    if not failed:
        return CourseOutcome.WRITTEN
    return CourseOutcome.STALE if failed["course"] else CourseOutcome.NOT_FOUND


def record_asset(asset: MediaAsset) -> None:
    """Stores, once, that a lesson video of an existing course was uploaded. A refused transaction is no error: the
    upload is recorded already, or the course was deleted."""
    transaction = Transaction()
    transaction.check("course", keys.course(asset.course_id), Course.pk.exists())
    transaction.put("asset", asset)
    transaction.commit()


def delete(course: Course, outline: Outline) -> CourseOutcome:
    """Deletes the course permanently, unless a learner ever enrolled. One transaction deletes course and outline, so
    that nothing can be added or bought afterwards. The other items of the partition are unreachable by then, and are
    deleted after the transaction. Raises StoreUnavailable."""
    course_id = course.course_id
    transaction = Transaction()
    transaction.delete("course", keys.course(course_id), Course.pk.exists() & (Course.ever_enrolled == False))  # noqa: E712
    transaction.delete("outline", keys.outline(course_id), Outline.version == outline.version)
    failed = transaction.commit()
    if "course" in failed:
        return CourseOutcome.HAS_LEARNERS if failed["course"] else CourseOutcome.NOT_FOUND
    if failed:
        return CourseOutcome.STALE if failed["outline"] else CourseOutcome.NOT_FOUND
    assets = store.query_all(keys.course(course_id).pk, sk=Item.sk.startswith("ASSET#"))
    store.delete_many(_content_keys(course_id, outline) + [keys.Key(asset.pk, asset.sk) for asset in assets])
    return CourseOutcome.WRITTEN


def _content_keys(course_id: str, outline: Outline) -> list[keys.Key]:
    section_ids: Sequence[str] = outline.sections
    lesson_ids = outline.lesson_ids()
    return [
        *(keys.section(course_id, section_id) for section_id in section_ids),
        *(keys.lesson(course_id, lesson_id) for lesson_id in lesson_ids),
        *(keys.lesson_body(course_id, lesson_id) for lesson_id in lesson_ids),
        keys.course_counters(course_id),
    ]


def _version_and_time(now: datetime) -> list[Action]:
    return [Course.version.add(1), Course.updated_at.set(now)]
