"""Reads of the dashboards. The number of calls per panel does not depend on the size of the table."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from shared.db.entities import (
    CatalogueCard,
    Course,
    CourseListing,
    InstructorCourse,
    InstructorDay,
    InstructorRanking,
    InstructorTotals,
    Lesson,
    PlatformTotals,
    RevenuePeriod,
)
from shared.db.read_models.catalogue_cards import ANY, NEWEST
from shared.db.table import keys, store
from shared.db.table.store import Listing, StartKey

_MONTH: Final = "MONTH#"
_DAY: Final = "DAY#"


class PeriodRevenue(NamedTuple):
    """A day ("2026-11-30") or a month ("2026-11") of the seller, and its revenue."""

    period: str
    revenue: RevenuePeriod


class InstructorWithCourses(NamedTuple):
    """An instructor's totals (None: nothing counted yet) and courses, oldest course first."""

    totals: InstructorTotals | None
    courses: list[InstructorCourse]


def platform_totals() -> Counter[str]:
    """The platform's totals, summed over their shards: "users_student", "courses_published", … One Query."""
    totals: Counter[str] = Counter()
    for shard in store.query_all(keys.PLATFORM):
        if isinstance(shard, PlatformTotals):
            totals.update({name: value for name, value in shard.attribute_values.items() if isinstance(value, int)})
    return totals


def revenue_months() -> list[PeriodRevenue]:
    """All months with revenue, oldest first. One Query: twelve items a year."""
    return _periods(_MONTH, RevenuePeriod.sk.startswith(_MONTH))


def revenue_days(days: Sequence[str]) -> list[PeriodRevenue]:
    """Those of the consecutive days that have revenue or new users, oldest first. One Query."""
    return _periods(_DAY, RevenuePeriod.sk.between(keys.revenue_day(days[0]).sk, keys.revenue_day(days[-1]).sk))


def _periods(prefix: str, sk: Any) -> list[PeriodRevenue]:
    items = store.query_all(keys.REVENUE, sk=sk)
    return [PeriodRevenue(item.sk.removeprefix(prefix), item) for item in items if isinstance(item, RevenuePeriod)]


def instructor_with_courses(instructor_id: str) -> InstructorWithCourses:
    """One Query. A course is omitted until the projector has written its attributes."""
    items = store.query_all(keys.instructor_totals(instructor_id).pk)
    courses = [item for item in items if isinstance(item, InstructorCourse) and item.title is not None]
    return InstructorWithCourses(store.first_of(InstructorTotals, items), courses)


def instructor_course(instructor_id: str, course_id: str) -> InstructorCourse | None:
    """A course of the instructor, with its counters; None until the projector has written its attributes. One
    GetItem."""
    course = store.get(InstructorCourse, keys.instructor_course(instructor_id, course_id))
    return course if course and course.title is not None else None


def instructor_days(instructor_id: str, course_id: str | None, days: Sequence[str]) -> dict[str, InstructorDay]:
    """Day of the seller ("2026-11-30") > counters of the instructor or of one course, for consecutive days. Days
    without activity are absent. One Query."""
    first, last = (
        keys.course_day(instructor_id, course_id, day) if course_id else keys.instructor_day(instructor_id, day)
        for day in (days[0], days[-1])
    )
    found = store.query_all(first.pk, sk=InstructorDay.sk.between(first.sk, last.sk))
    return {item.sk.rpartition("DAY#")[2]: item for item in found if isinstance(item, InstructorDay)}


def active_instructors(limit: int) -> list[InstructorTotals]:
    """Instructors by their last edit of a course, the latest first. One Query of the index."""
    return store.query(keys.INSTRUCTORS_BY_ACTIVITY, index=keys.GSI1, limit=limit, newest_first=True).items_of(
        InstructorTotals
    )


def top_courses_by_revenue(limit: int) -> list[InstructorCourse]:
    """The courses with the highest net revenue. One Query of the index."""
    return store.query(keys.COURSES_BY_REVENUE, index=keys.GSI1, limit=limit, newest_first=True).items_of(
        InstructorCourse
    )


def top_instructors_by_revenue(limit: int) -> list[InstructorTotals]:
    """The instructors with the highest net revenue. One Query of the index, one BatchGetItem."""
    page = store.query(keys.INSTRUCTORS_BY_REVENUE, index=keys.GSI1, limit=limit, newest_first=True)
    totals_keys = [keys.instructor_totals(ranking.instructor_id) for ranking in page.items_of(InstructorRanking)]
    found = store.get_many(totals_keys)
    return [totals for key in totals_keys if (totals := store.cast_to(InstructorTotals, found.get(key)))]


def hidden_courses(limit: int) -> list[InstructorCourse]:
    """Hidden courses, the most recently changed first. One Query of the index, one BatchGetItem."""
    return _with_counters(
        store.query(keys.HIDDEN_COURSES, index=keys.GSI1, limit=limit, newest_first=True).items_of(CourseListing)
    )


def newest_cards(limit: int) -> list[CatalogueCard]:
    """The most recently published courses. One Query."""
    all_courses = keys.catalogue_facet(NEWEST, ANY, ANY, ANY, ANY)
    return store.query(all_courses, limit=limit, newest_first=True).items_of(CatalogueCard)


def list_courses(limit: int, start: StartKey) -> Listing[InstructorCourse]:
    """All courses with their counters, newest first: one Query, one BatchGetItem."""
    page = store.query(keys.COURSES, limit=limit, start=start, newest_first=True)
    return Listing(_with_counters(page.items_of(CourseListing)), page.next_key)


def _with_counters(listings: list[CourseListing]) -> list[InstructorCourse]:
    """The listed courses with their counters, in the same order: one BatchGetItem per hundred."""
    course_keys = [keys.instructor_course(listing.instructor_id, listing.course_id) for listing in listings]
    found = store.get_many(course_keys)
    return [course for key in course_keys if (course := store.cast_to(InstructorCourse, found.get(key)))]


def get_lessons(lesson_ids: Sequence[tuple[str, str]]) -> dict[str, Lesson]:
    """Lesson id > lesson, for (course id, lesson id) pairs. One BatchGetItem per hundred."""
    found = store.get_many([keys.lesson(course_id, lesson_id) for course_id, lesson_id in lesson_ids])
    return {item.lesson_id: item for item in found.values() if isinstance(item, Lesson)}


def ping() -> None:
    """One GetItem of a key that never exists. Raises StoreUnavailable."""
    store.get(Course, keys.course("-"))
