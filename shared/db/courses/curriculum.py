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
    """The outline is no longer the one that was read."""
    LAST_PUBLISHED_LESSON = auto()
    """It is the only lesson of a published course."""
    WRONG_KIND = auto()
    """The lesson is a text and a video was given, or the other way round."""


class LessonRecords:
    """What one BatchGetItem found of a lesson: None for what is not there."""

    def __init__(self, found: Mapping[keys.Key, Item]) -> None:
        self.course = next((item for item in found.values() if isinstance(item, Course)), None)
        self.lesson = next((item for item in found.values() if isinstance(item, Lesson)), None)
        self.body = next((item for item in found.values() if isinstance(item, LessonBody)), None)
        self.enrollment = next((item for item in found.values() if isinstance(item, Enrollment)), None)


def read_lesson(course_id: str, lesson_id: str, user_id: str | None) -> LessonRecords:
    """Course, lesson, body, and the user's enrollment: one BatchGetItem."""
    wanted = [keys.course(course_id), keys.lesson(course_id, lesson_id), keys.lesson_body(course_id, lesson_id)]
    if user_id is not None:
        wanted.append(keys.enrollment(user_id, course_id))
    return LessonRecords(store.get_many(wanted))


def read_course_and_item(course_id: str, content: keys.Key) -> tuple[Course | None, Item | None]:
    """A course, and one item of its content: one BatchGetItem."""
    course_key = keys.course(course_id)
    found = store.get_many([course_key, content])
    return store.cast_to(Course, found.get(course_key)), found.get(content)


def add_section(section: Section) -> CurriculumOutcome:
    """Appends a section without lessons."""
    course_id, section_id = section.course_id, section.section_id
    sections = Outline.sections
    writing = Transaction()
    writing.put("section", section)
    writing.update(
        "outline",
        keys.outline(course_id),
        [sections.set(sections.append([section_id])), _section_lesson_ids(section_id).set([]), _bump_version()],
        Outline.pk.exists() & (size(sections) < MAX_SECTIONS),
    )
    failed = writing.commit()
    if not failed:
        return CurriculumOutcome.WRITTEN
    return CurriculumOutcome.FULL if failed["outline"] else CurriculumOutcome.NOT_FOUND


def add_lesson(section_id: str, lesson: Lesson, body: LessonBody) -> CurriculumOutcome:
    """Appends a lesson to a section."""
    inside = _section_lesson_ids(section_id)
    writing = Transaction()
    writing.put("lesson", lesson)
    writing.put("body", body)
    writing.update(
        "outline",
        keys.outline(lesson.course_id),
        [inside.set(inside.append([lesson.lesson_id])), Outline.lesson_count.add(1), _bump_version()],
        inside.exists() & (Outline.lesson_count < MAX_LESSONS),
    )
    failed = writing.commit()
    if not failed:
        return CurriculumOutcome.WRITTEN
    outline = failed["outline"]
    known = isinstance(outline, Outline) and section_id in outline.sections
    return CurriculumOutcome.FULL if known else CurriculumOutcome.NOT_FOUND


def rename_section(course_id: str, section_id: str, title: str) -> CurriculumOutcome:
    writing = Transaction()
    writing.update("section", keys.section(course_id, section_id), [Section.title.set(title)], Section.pk.exists())
    writing.update("outline", keys.outline(course_id), [_bump_version()], Outline.pk.exists())
    return CurriculumOutcome.NOT_FOUND if writing.commit() else CurriculumOutcome.WRITTEN


def edit_lesson(
    course_id: str,
    lesson_id: str,
    changes: Mapping[str, Any],
    body: Mapping[str, Any],
    kind: LessonKind | None,
    now: datetime,
) -> CurriculumOutcome:
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
    writing.update("outline", keys.outline(course_id), [_bump_version()], Outline.pk.exists())
    failed = writing.commit()
    if not failed:
        return CurriculumOutcome.WRITTEN
    return CurriculumOutcome.WRONG_KIND if failed.get("lesson") else CurriculumOutcome.NOT_FOUND


def delete_section(outline: Outline, section_id: str) -> CurriculumOutcome:
    """Takes a section that `outline` shows without lessons."""
    remaining = [each for each in outline.sections if each != section_id]
    writing = Transaction()
    writing.delete("section", keys.section(outline.course_id, section_id), Section.pk.exists())
    writing.update(
        "outline",
        keys.outline(outline.course_id),
        [Outline.sections.set(remaining), _section_lesson_ids(section_id).remove(), _bump_version()],
        Outline.version == outline.version,
    )
    return _commit_rewrite(writing)


def delete_lesson(outline: Outline, section_id: str, lesson_id: str) -> CurriculumOutcome:
    """Takes a lesson and its body out of the section in which `outline` shows it."""
    course_id = outline.course_id
    remaining = [each for each in outline.lessons.as_dict()[section_id] if each != lesson_id]
    writing = Transaction()
    writing.delete("lesson", keys.lesson(course_id, lesson_id), Lesson.pk.exists())
    writing.delete("body", keys.lesson_body(course_id, lesson_id), LessonBody.pk.exists())
    writing.update(
        "outline",
        keys.outline(course_id),
        [_section_lesson_ids(section_id).set(remaining), Outline.lesson_count.add(-1), _bump_version()],
        Outline.version == outline.version,
    )
    if outline.lesson_count == 1:
        writing.check("course", keys.course(course_id), Course.status != CourseStatus.PUBLISHED)
    return _commit_rewrite(writing)


def reorder(outline: Outline, lessons_of: Mapping[str, Sequence[str]]) -> CurriculumOutcome:
    """Puts everything that `outline` holds into the order given: section ids to lesson ids, both in order."""
    writing = Transaction()
    writing.update(
        "outline",
        keys.outline(outline.course_id),
        [
            Outline.sections.set(list(lessons_of)),
            Outline.lessons.set({section: list(lessons) for section, lessons in lessons_of.items()}),
            _bump_version(),
        ],
        Outline.version == outline.version,
    )
    return _commit_rewrite(writing)


def _commit_rewrite(writing: Transaction) -> CurriculumOutcome:
    failed = writing.commit()
    if not failed:
        return CurriculumOutcome.WRITTEN
    if "outline" in failed:
        return CurriculumOutcome.STALE
    return CurriculumOutcome.LAST_PUBLISHED_LESSON if "course" in failed else CurriculumOutcome.NOT_FOUND


def _section_lesson_ids(section_id: str) -> Path:
    """The list of a section's lesson ids in the outline's map."""
    return Path(["lessons", section_id])


def _bump_version() -> Action:
    return Outline.version.add(1)
