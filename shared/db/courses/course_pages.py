"""What is shown of a course: its page in one Query, and the list of an instructor's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from shared.db.entities import Course, CourseCounters, Lesson, Outline, Section
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.domain.ratings import Ratings


class Versions(NamedTuple):
    """What an ETag stands for: the versions of the course item and of its content."""

    course: int
    outline: int


@dataclass(frozen=True, slots=True)
class CoursePage:
    """A course with all that hangs on it but the lessons' bodies."""

    course: Course
    outline: Outline
    sections: Mapping[str, Section]
    lessons: Mapping[str, Lesson]
    enrollment_count: int
    ratings: Ratings

    @property
    def versions(self) -> Versions:
        return Versions(self.course.version, self.outline.version)


class CourseCard(NamedTuple):
    """What a list shows of a course."""

    course: Course
    lesson_count: int
    enrollment_count: int
    ratings: Ratings


def read(course_id: str) -> CoursePage | None:
    """One Query, consistent; the lessons' bodies and media sort before it and are not read."""
    items = store.query_all(keys.course(course_id).pk, sk=Item.sk >= keys.course(course_id).sk)
    course = next((item for item in items if isinstance(item, Course)), None)
    outline = next((item for item in items if isinstance(item, Outline)), None)
    if course is None or outline is None:
        return None
    figures = next((item for item in items if isinstance(item, CourseCounters)), CourseCounters())
    return CoursePage(
        course=course,
        outline=outline,
        sections={item.section_id: item for item in items if isinstance(item, Section)},
        lessons={item.lesson_id: item for item in items if isinstance(item, Lesson)},
        enrollment_count=figures.enrollment_count,
        ratings=figures.ratings,
    )


def list_by_instructor(
    instructor_id: str, limit: int, start: dict[str, Any] | None
) -> tuple[list[CourseCard], dict[str, Any] | None]:
    """An instructor's courses, newest first, and the key of the next page: one Query of the index, and a BatchGetItem
    for every fifty courses."""
    page = store.query(keys.instructor_pk(instructor_id), index=keys.GSI1, limit=limit, start=start, newest_first=True)
    courses = page.items_of(Course)
    wanted = [key(course.course_id) for course in courses for key in (keys.outline, keys.course_counters)]
    found: dict[keys.Key, Item] = {}
    for first in range(0, len(wanted), store.BATCH_GET_LIMIT):
        found |= store.get_many(wanted[first : first + store.BATCH_GET_LIMIT])
    cards = []
    for course in courses:
        outline = found.get(keys.outline(course.course_id))
        lessons = outline.lesson_count if isinstance(outline, Outline) else 0
        figures = store.cast_to(CourseCounters, found.get(keys.course_counters(course.course_id))) or CourseCounters()
        cards.append(CourseCard(course, lessons, figures.enrollment_count, figures.ratings))
    return cards, page.next_key
