"""Sections and lessons: each change is one transaction of the items and the outline that orders them.

An addition appends to the outline at any version, so concurrent additions are all kept. Deleting and reordering
replace whole lists, so they apply only to the outline version that was read: STALE means that it has changed since.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum, auto
from typing import Any, Final, NamedTuple, Self

from pynamodb.expressions.condition import size
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from shared.db.entities import Course, Enrollment, Lesson, LessonBody, Outline, Section
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.transaction import Transaction
from shared.domain.lifecycle import CourseStatus, LessonKind

MAX_SECTIONS: Final = 100
MAX_LESSONS: Final = 500


class CurriculumOutcome(StrEnum):
    WRITTEN = auto()
    NOT_FOUND = auto()
    FULL = auto()
    STALE = auto()
    """The outline no longer has the version that was read."""
    LAST_PUBLISHED_LESSON = auto()
    """It is the only lesson of a published course."""
    WRONG_KIND = auto()
    """A text was given for a video lesson, or a video for a text lesson."""


class LessonRecords(NamedTuple):
    """A lesson with its course, its body and the enrollment of the user; None for an item that does not exist."""

    course: Course | None
    lesson: Lesson | None
    body: LessonBody | None
    enrollment: Enrollment | None

    @classmethod
    def from_items(cls, items: Collection[Item]) -> Self:
        return cls(
            store.first_of(Course, items),
            store.first_of(Lesson, items),
            store.first_of(LessonBody, items),
            store.first_of(Enrollment, items),
        )


class CourseAndItem(NamedTuple):
    """A course, and one item of its curriculum; None for an item that does not exist."""

    course: Course | None
    item: Item | None


def read_lesson(course_id: str, lesson_id: str, user_id: str | None) -> LessonRecords:
    """Course, lesson, body, and the user's enrollment: one BatchGetItem."""
    lesson_keys = [keys.course(course_id), keys.lesson(course_id, lesson_id), keys.lesson_body(course_id, lesson_id)]
    if user_id is not None:
        lesson_keys.append(keys.enrollment(user_id, course_id))
    return LessonRecords.from_items(store.get_many(lesson_keys).values())


def read_course_and_item(course_id: str, item_key: keys.Key) -> CourseAndItem:
    """One BatchGetItem."""
    course_key = keys.course(course_id)
    found = store.get_many([course_key, item_key])
    return CourseAndItem(store.cast_to(Course, found.get(course_key)), found.get(item_key))


def add_section(section: Section) -> CurriculumOutcome:
    """Appends a section without lessons."""
    course_id, section_id = section.course_id, section.section_id
    sections = Outline.sections
    transaction = Transaction()
    transaction.put("section", section)
    transaction.update(
        "outline",
        keys.outline(course_id),
        [sections.set(sections.append([section_id])), _section_lesson_ids(section_id).set([]), _bump_version()],
        Outline.pk.exists() & (size(sections) < MAX_SECTIONS),
    )
    failed = transaction.commit()
    if not failed:
        return CurriculumOutcome.WRITTEN
    return CurriculumOutcome.FULL if failed["outline"] else CurriculumOutcome.NOT_FOUND


def add_lesson(section_id: str, lesson: Lesson, body: LessonBody) -> CurriculumOutcome:
    """Appends a lesson to a section."""
    lesson_ids = _section_lesson_ids(section_id)
    transaction = Transaction()
    transaction.put("lesson", lesson)
    transaction.put("body", body)
    transaction.update(
        "outline",
        keys.outline(lesson.course_id),
        [lesson_ids.set(lesson_ids.append([lesson.lesson_id])), Outline.lesson_count.add(1), _bump_version()],
        lesson_ids.exists() & (Outline.lesson_count < MAX_LESSONS),
    )
    failed = transaction.commit()
    if not failed:
        return CurriculumOutcome.WRITTEN
    outline = failed["outline"]
    known = isinstance(outline, Outline) and section_id in outline.sections
    return CurriculumOutcome.FULL if known else CurriculumOutcome.NOT_FOUND


def rename_section(course_id: str, section_id: str, title: str) -> CurriculumOutcome:
    """Sets the title of a section."""
    transaction = Transaction()
    transaction.update("section", keys.section(course_id, section_id), [Section.title.set(title)], Section.pk.exists())
    transaction.update("outline", keys.outline(course_id), [_bump_version()], Outline.pk.exists())
    return CurriculumOutcome.NOT_FOUND if transaction.commit() else CurriculumOutcome.WRITTEN


def edit_lesson(
    course_id: str,
    lesson_id: str,
    changes: Mapping[str, Any],
    body: Mapping[str, Any],
    kind: LessonKind | None,
    now: datetime,
) -> CurriculumOutcome:
    """Sets attributes of the lesson and of its body. `kind` is the lesson kind that the given body requires."""
    condition = Lesson.pk.exists()
    if kind:
        condition &= Lesson.lesson_kind == kind
    transaction = Transaction()
    actions: list[Action] = [getattr(Lesson, name).set(value) for name, value in changes.items()]
    actions.append(Lesson.updated_at.set(now))
    transaction.update("lesson", keys.lesson(course_id, lesson_id), actions, condition)
    if body:
        body_actions = [getattr(LessonBody, name).set(value) for name, value in body.items()]
        transaction.update("body", keys.lesson_body(course_id, lesson_id), body_actions, LessonBody.pk.exists())
    transaction.update("outline", keys.outline(course_id), [_bump_version()], Outline.pk.exists())
    failed = transaction.commit()
    if not failed:
        return CurriculumOutcome.WRITTEN
    return CurriculumOutcome.WRONG_KIND if failed.get("lesson") else CurriculumOutcome.NOT_FOUND


def delete_section(outline: Outline, section_id: str) -> CurriculumOutcome:
    """Deletes a section that has no lessons in `outline`."""
    remaining = [other_id for other_id in outline.sections if other_id != section_id]
    transaction = Transaction()
    transaction.delete("section", keys.section(outline.course_id, section_id), Section.pk.exists())
    transaction.update(
        "outline",
        keys.outline(outline.course_id),
        [Outline.sections.set(remaining), _section_lesson_ids(section_id).remove(), _bump_version()],
        Outline.version == outline.version,
    )
    return _commit_rewrite(transaction)


def delete_lesson(outline: Outline, section_id: str, lesson_id: str) -> CurriculumOutcome:
    """Deletes a lesson and its body, and removes it from the section that contains it in `outline`."""
    course_id = outline.course_id
    remaining = [other_id for other_id in outline.lessons.as_dict()[section_id] if other_id != lesson_id]
    transaction = Transaction()
    transaction.delete("lesson", keys.lesson(course_id, lesson_id), Lesson.pk.exists())
    transaction.delete("body", keys.lesson_body(course_id, lesson_id), LessonBody.pk.exists())
    transaction.update(
        "outline",
        keys.outline(course_id),
        [_section_lesson_ids(section_id).set(remaining), Outline.lesson_count.add(-1), _bump_version()],
        Outline.version == outline.version,
    )
    if outline.lesson_count == 1:
        transaction.check("course", keys.course(course_id), Course.status != CourseStatus.PUBLISHED)
    return _commit_rewrite(transaction)


def reorder(outline: Outline, lessons_of: Mapping[str, Sequence[str]]) -> CurriculumOutcome:
    """Puts the sections and lessons of `outline` into a new order: section id > lesson ids, both in order."""
    transaction = Transaction()
    transaction.update(
        "outline",
        keys.outline(outline.course_id),
        [
            Outline.sections.set(list(lessons_of)),
            Outline.lessons.set({section: list(lessons) for section, lessons in lessons_of.items()}),
            _bump_version(),
        ],
        Outline.version == outline.version,
    )
    return _commit_rewrite(transaction)


def _commit_rewrite(transaction: Transaction) -> CurriculumOutcome:
    failed = transaction.commit()
    if not failed:
        return CurriculumOutcome.WRITTEN
    if "outline" in failed:
        return CurriculumOutcome.STALE
    return CurriculumOutcome.LAST_PUBLISHED_LESSON if "course" in failed else CurriculumOutcome.NOT_FOUND


def _section_lesson_ids(section_id: str) -> Path:
    """The path of a section's lesson ids within the outline item."""
    return Path(["lessons", section_id])


def _bump_version() -> Action:
    return Outline.version.add(1)
