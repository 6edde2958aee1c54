"""Sections and lessons: each change is one transaction of the items and the outline that orders them.

Adding appends to the outline wherever it stands, so additions never lose one another. Taking away and reordering write
lists anew, so they hold only for the outline version that was read: STALE says that it has moved on.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum, auto
from typing import Any, Final

from pynamodb.expressions.condition import size
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from shared.db import keys, store
from shared.db.base import Item
from shared.db.entities import Course, Enrollment, Lesson, LessonBody, Outline, Section
from shared.db.transaction import Transaction
from shared.lifecycle import CourseStatus, LessonKind

SECTION_LIMIT: Final = 100
LESSON_LIMIT: Final = 500


class ContentOutcome(StrEnum):
    WRITTEN = auto()
    NOT_FOUND = auto()
    FULL = auto()
    STALE = auto()
    """The outline is no longer the one that was read."""
    LAST_OF_PUBLISHED = auto()
    """It is the only lesson of a published course."""
    OTHER_KIND = auto()
    """The lesson is a text and a video was given, or the other way round."""


class LessonRead:
    """What one BatchGetItem found of a lesson: None for what is not there."""

    def __init__(self, found: Mapping[keys.Key, Item]) -> None:
        self.course = next((item for item in found.values() if isinstance(item, Course)), None)
        self.lesson = next((item for item in found.values() if isinstance(item, Lesson)), None)
        self.body = next((item for item in found.values() if isinstance(item, LessonBody)), None)
        self.enrollment = next((item for item in found.values() if isinstance(item, Enrollment)), None)


def read_lesson(course_id: str, lesson_id: str, user_id: str | None) -> LessonRead:
    """Course, lesson, body, and the user's enrollment: one BatchGetItem."""
    wanted = [keys.course(course_id), keys.lesson(course_id, lesson_id), keys.lesson_body(course_id, lesson_id)]
    if user_id is not None:
        wanted.append(keys.enrollment(user_id, course_id))
    return LessonRead(store.get_many(wanted))


def read_owned(course_id: str, content: keys.Key) -> tuple[Course | None, Item | None]:
    """A course, and one item of its content: one BatchGetItem."""
    course_key = keys.course(course_id)
    found = store.get_many([course_key, content])
    return store.as_kind(Course, found.get(course_key)), found.get(content)


def add_section(section: Section) -> ContentOutcome:
    """Appends a section without lessons."""
    course_id, section_id = section.course_id, section.section_id
    sections = Outline.sections
    writing = Transaction()
    writing.put("section", section)
    writing.update(
        "outline",
        keys.outline(course_id),
        [sections.set(sections.append([section_id])), _inside(section_id).set([]), _next()],
        Outline.pk.exists() & (size(sections) < SECTION_LIMIT),
    )
    failed = writing.commit()
    if not failed:
        return ContentOutcome.WRITTEN
    return ContentOutcome.FULL if failed["outline"] else ContentOutcome.NOT_FOUND


def add_lesson(section_id: str, lesson: Lesson, body: LessonBody) -> ContentOutcome:
    """Appends a lesson to a section."""
    inside = _inside(section_id)
    writing = Transaction()
    writing.put("lesson", lesson)
    writing.put("body", body)
    writing.update(
        "outline",
        keys.outline(lesson.course_id),
        [inside.set(inside.append([lesson.lesson_id])), Outline.lesson_count.add(1), _next()],
        inside.exists() & (Outline.lesson_count < LESSON_LIMIT),
    )
    failed = writing.commit()
    if not failed:
        return ContentOutcome.WRITTEN
    outline = failed["outline"]
    known = isinstance(outline, Outline) and section_id in outline.sections
    return ContentOutcome.FULL if known else ContentOutcome.NOT_FOUND


def rename_section(course_id: str, section_id: str, title: str) -> ContentOutcome:
    writing = Transaction()
    writing.update("section", keys.section(course_id, section_id), [Section.title.set(title)], Section.pk.exists())
    writing.update("outline", keys.outline(course_id), [_next()], Outline.pk.exists())
    return ContentOutcome.NOT_FOUND if writing.commit() else ContentOutcome.WRITTEN


def edit_lesson(
    course_id: str,
    lesson_id: str,
    changes: Mapping[str, Any],
    body: Mapping[str, Any],
    kind: LessonKind | None,
    now: datetime,
) -> ContentOutcome:
    """Sets attributes of the lesson, and of its body. `kind` is the only one that fits the body that is given."""
    condition = Lesson.pk.exists()
    if kind:
        condition &= Lesson.lesson_kind == kind
    writing = Transaction()
    actions: list[Action] = [getattr(Lesson, name).set(value) for name, value in changes.items()]
    where = keys.lesson(course_id, lesson_id)
    writing.update("lesson", where, [*actions, Lesson.updated_at.set(now)], condition)
    if body:
        actions = [getattr(LessonBody, name).set(value) for name, value in body.items()]
        writing.update("body", keys.lesson_body(course_id, lesson_id), actions, LessonBody.pk.exists())
    writing.update("outline", keys.outline(course_id), [_next()], Outline.pk.exists())
    failed = writing.commit()
    if not failed:
        return ContentOutcome.WRITTEN
    return ContentOutcome.OTHER_KIND if failed.get("lesson") else ContentOutcome.NOT_FOUND


def delete_section(outline: Outline, section_id: str) -> ContentOutcome:
    """Takes a section that `outline` shows without lessons."""
    remaining = [each for each in outline.sections if each != section_id]
    writing = Transaction()
    writing.delete("section", keys.section(outline.course_id, section_id), Section.pk.exists())
    writing.update(
        "outline",
        keys.outline(outline.course_id),
        [Outline.sections.set(remaining), _inside(section_id).remove(), _next()],
        Outline.version == outline.version,
    )
    return _rewritten(writing)


def delete_lesson(outline: Outline, section_id: str, lesson_id: str) -> ContentOutcome:
    """Takes a lesson and its body out of the section in which `outline` shows it."""
    course_id = outline.course_id
    remaining = [each for each in outline.lessons.as_dict()[section_id] if each != lesson_id]
    writing = Transaction()
    writing.delete("lesson", keys.lesson(course_id, lesson_id), Lesson.pk.exists())
    writing.delete("body", keys.lesson_body(course_id, lesson_id), LessonBody.pk.exists())
    writing.update(
        "outline",
        keys.outline(course_id),
        [_inside(section_id).set(remaining), Outline.lesson_count.add(-1), _next()],
        Outline.version == outline.version,
    )
    if outline.lesson_count == 1:
        writing.check("course", keys.course(course_id), Course.status != CourseStatus.PUBLISHED)
    return _rewritten(writing)


def reorder(outline: Outline, lessons_of: Mapping[str, Sequence[str]]) -> ContentOutcome:
    """Puts everything that `outline` holds into the order given: section ids to lesson ids, both in order."""
    writing = Transaction()
    writing.update(
        "outline",
        keys.outline(outline.course_id),
        [
            Outline.sections.set(list(lessons_of)),
            Outline.lessons.set({section: list(lessons) for section, lessons in lessons_of.items()}),
            _next(),
        ],
        Outline.version == outline.version,
    )
    return _rewritten(writing)


def _rewritten(writing: Transaction) -> ContentOutcome:
    failed = writing.commit()
    if not failed:
        return ContentOutcome.WRITTEN
    if "outline" in failed:
        return ContentOutcome.STALE
    return ContentOutcome.LAST_OF_PUBLISHED if "course" in failed else ContentOutcome.NOT_FOUND


def _inside(section_id: str) -> Path:
    """The list of a section's lesson ids in the outline's map."""
    return Path(["lessons", section_id])


def _next() -> Action:
    return Outline.version.add(1)
