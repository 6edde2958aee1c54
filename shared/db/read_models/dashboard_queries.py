"""What the dashboards read: each panel is a fixed number of calls, however much there is."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

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

_MONTH: Final = "MONTH#"
_DAY: Final = "DAY#"


def platform_totals() -> Counter[str]:
    """The platform's totals, added up over their shares: "users_student", "courses_published", … One Query."""
    total: Counter[str] = Counter()
    for share in store.query_all(keys.PLATFORM):
        for name, value in share.attribute_values.items():
            if isinstance(share, PlatformTotals) and isinstance(value, int):
                total[name] += value
    return total


def revenue_months() -> list[tuple[str, RevenuePeriod]]:
    """("2026-11", revenue), oldest first. One Query: twelve items a year."""
    return _periods(_MONTH, RevenuePeriod.sk.startswith(_MONTH))


def revenue_days(until: datetime, number: int) -> list[tuple[str, RevenuePeriod]]:
    """("2026-11-30", revenue) of the last `number` days that had any, oldest first. One Query."""
    first = keys.revenue_day(until - timedelta(days=number - 1)).sk
    return _periods(_DAY, RevenuePeriod.sk.between(first, keys.revenue_day(until).sk))


def _periods(prefix: str, sk: Any) -> list[tuple[str, RevenuePeriod]]:
    found = store.query_all(keys.REVENUE, sk=sk)
    return [(item.sk.removeprefix(prefix), item) for item in found if isinstance(item, RevenuePeriod)]


def instructor_with_courses(instructor_id: str) -> tuple[InstructorTotals | None, list[InstructorCourse]]:
    """An instructor's totals and courses, oldest course first. One Query."""
    found = store.query_all(keys.instructor_totals(instructor_id).pk)
    totals = next((item for item in found if isinstance(item, InstructorTotals)), None)
    return totals, [item for item in found if isinstance(item, InstructorCourse) and item.title is not None]


def instructor_course(instructor_id: str, course_id: str) -> InstructorCourse | None:
    """A course of the instructor's, with its figures. One GetItem."""
    found = store.get(InstructorCourse, keys.instructor_course(instructor_id, course_id))
    return found if found and found.title is not None else None


def instructor_days(
    instructor_id: str, course_id: str | None, until: datetime, number: int
) -> dict[str, InstructorDay]:
    """ "2026-11-30" > that day of the instructor, or of one course; the last `number` days that had anything. One
    Query."""
    since = until - timedelta(days=number - 1)
    first, last = (
        keys.course_day(instructor_id, course_id, at) if course_id else keys.instructor_day(instructor_id, at)
        for at in (since, until)
    )
    found = store.query_all(first.pk, sk=InstructorDay.sk.between(first.sk, last.sk))
    return {item.sk.rpartition("DAY#")[2]: item for item in found if isinstance(item, InstructorDay)}


def active_instructors(at_most: int) -> list[InstructorTotals]:
    """Those who edited a course last come first. One Query of the index."""
    return store.query(keys.INSTRUCTORS_BY_ACTIVITY, index=keys.GSI1, limit=at_most, newest_first=True).items_of(
        InstructorTotals
    )


def top_courses_by_revenue(at_most: int) -> list[InstructorCourse]:
    """The courses that earned most. One Query of the index."""
    return store.query(keys.COURSES_BY_REVENUE, index=keys.GSI1, limit=at_most, newest_first=True).items_of(
        InstructorCourse
    )


def top_instructors_by_revenue(at_most: int) -> list[InstructorTotals]:
    """The instructors whose courses earned most. One Query of the index, one BatchGetItem."""
    found = store.query(keys.INSTRUCTORS_BY_REVENUE, index=keys.GSI1, limit=at_most, newest_first=True)
    wanted = [keys.instructor_totals(each.instructor_id) for each in found.items_of(InstructorRanking)]
    totals = store.get_many(wanted)
    return [each for key in wanted if isinstance(each := totals.get(key), InstructorTotals)]


def hidden_courses(at_most: int) -> list[InstructorCourse]:
    """Courses that admins hid, those changed last first. One Query of the index, one BatchGetItem."""
    return _with_counters(
        store.query(keys.HIDDEN_COURSES, index=keys.GSI1, limit=at_most, newest_first=True).items_of(CourseListing)
    )


def newest_cards(at_most: int) -> list[CatalogueCard]:
    """The courses that were published last. One Query."""
    everything = keys.catalogue_facet(NEWEST, ANY, ANY, ANY, ANY)
    return store.query(everything, limit=at_most, newest_first=True).items_of(CatalogueCard)


def list_courses(limit: int, start: dict[str, Any] | None) -> tuple[list[InstructorCourse], dict[str, Any] | None]:
    """Every course with its figures, newest first, and the next key: one Query, one BatchGetItem."""
    page = store.query(keys.COURSES, limit=limit, start=start, newest_first=True)
    return _with_counters(page.items_of(CourseListing)), page.next_key


def _with_counters(listed: list[CourseListing]) -> list[InstructorCourse]:
    wanted = [keys.instructor_course(row.instructor_id, row.course_id) for row in listed]
    found = store.get_many(wanted)
    rows = (found.get(key) for key in wanted)
    return [row for row in rows if isinstance(row, InstructorCourse)]


def get_lessons(wanted: Sequence[tuple[str, str]]) -> dict[str, Lesson]:
    """Lessons by (course id, lesson id): id > lesson. One BatchGetItem per hundred."""
    found = store.get_many([keys.lesson(course_id, lesson_id) for course_id, lesson_id in wanted])
    return {item.lesson_id: item for item in found.values() if isinstance(item, Lesson)}


def ping() -> None:
    """One read of a key that never exists. Raises StoreUnavailable."""
    store.get(Course, keys.course("-"))
