"""The page of a course in one Query, and the list of an instructor's courses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from shared.db.entities import Course, CourseCounters, Lesson, Outline, Section
from shared.db.table import keys, store
from shared.db.table.base import Item
from shared.db.table.store import Listing, StartKey
from shared.domain.ratings import Ratings


class Versions(NamedTuple):
    """The versions behind an ETag: of the course item and of its curriculum."""

    course: int
    outline: int


@dataclass(frozen=True, slots=True)
class CoursePage:
    """A course with outline, sections, lessons and public counters, without the lessons' bodies."""

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
    """A course as an entry of a list."""

    course: Course
    lesson_count: int
    enrollment_count: int
    ratings: Ratings


def read(course_id: str) -> CoursePage | None:
    """One consistent Query. The lessons' bodies and media sort before it and are not read."""
    items = store.query_all(keys.course(course_id).pk, sk=Item.sk >= keys.course(course_id).sk)
    course, outline = store.first_of(Course, items), store.first_of(Outline, items)
    if course is None or outline is None:
        return None
    counters = store.first_of(CourseCounters, items) or CourseCounters()
    return CoursePage(
        course=course,
        outline=outline,
        sections={item.section_id: item for item in items if isinstance(item, Section)},
        lessons={item.lesson_id: item for item in items if isinstance(item, Lesson)},
        enrollment_count=counters.enrollment_count,
        ratings=counters.ratings,
    )


def list_by_instructor(instructor_id: str, limit: int, start: StartKey) -> Listing[CourseCard]:
    """An instructor's courses, newest first: one Query of the index, and one BatchGetItem per fifty courses."""
    page = store.query(keys.instructor_pk(instructor_id), index=keys.GSI1, limit=limit, start=start, newest_first=True)
    courses = page.items_of(Course)
    found = store.get_many(
        [key(course.course_id) for course in courses for key in (keys.outline, keys.course_counters)]
    )
    return Listing([_card(course, found) for course in courses], page.next_key)


def _card(course: Course, found: Mapping[keys.Key, Item]) -> CourseCard:
    outline = store.cast_to(Outline, found.get(keys.outline(course.course_id)))
    counters = store.cast_to(CourseCounters, found.get(keys.course_counters(course.course_id))) or CourseCounters()
    return CourseCard(course, outline.lesson_count if outline else 0, counters.enrollment_count, counters.ratings)
