"""The dashboard of an instructor."""

import csv
import io
from typing import Final

from functions.dashboards import currency_totals
from functions.dashboards.instructor_schemas import (
    EnrollmentStatusCounts,
    InstructorCourseDetailOut,
    InstructorCourseOut,
    InstructorDashboardOut,
    InstructorDayOut,
)
from shared import clock, ids, seller_day
from shared.db.entities import InstructorCourse, InstructorDay, InstructorTotals
from shared.db.read_models import dashboard_queries
from shared.errors import CourseNotFound

DAYS: Final = 30
"""The length of every daily series, in days of the seller."""
_FORMULA_PREFIXES: Final = ("=", "+", "-", "@", "\t", "\r")


def dashboard(instructor_id: str) -> InstructorDashboardOut:
    """Totals, daily series and courses of an instructor. Makes two Queries. Raises StoreUnavailable."""
    totals, courses = dashboard_queries.instructor_with_courses(instructor_id)
    earnings = totals.revenue if totals else {}
    counts = status_counts(totals)
    draft, published, archived = (totals.draft, totals.published, totals.archived) if totals else (0, 0, 0)
    return InstructorDashboardOut(
        total_courses=draft + published + archived,
        published_courses=published,
        draft_courses=draft,
        archived_courses=archived,
        hidden_courses=totals.hidden if totals else 0,
        total_enrollments=counts.active + counts.completed,
        enrollments=counts,
        active_students=totals.students if totals else 0,
        completions=counts.completed,
        completion_rate=completion_rate(counts),
        average_progress=_average_progress(courses),
        revenue=currency_totals.net(earnings),
        gross=currency_totals.gross(earnings),
        refunded=currency_totals.refunded(earnings),
        discount=currency_totals.discount(earnings),
        days=_days(dashboard_queries.instructor_days(instructor_id, None, last_days())),
        courses=[InstructorCourseOut(**course_fields(course)) for course in courses],
    )


def course_detail(instructor_id: str, course_id: str) -> InstructorCourseDetailOut:
    """One course with its daily series. Makes one GetItem and one Query.

    Raises CourseNotFound (also for another instructor's course), StoreUnavailable."""
    course = dashboard_queries.instructor_course(instructor_id, course_id) if ids.COURSE.fullmatch(course_id) else None
    if course is None:
        raise CourseNotFound("you have no such course")
    return InstructorCourseDetailOut(
        **course_fields(course),
        days=_days(dashboard_queries.instructor_days(instructor_id, course_id, last_days())),
    )


def courses_csv(instructor_id: str) -> str:
    """The courses as CSV, one row for each course and currency, amounts in minor units. Titles are escaped, so that a
    spreadsheet does not read them as formulas. Makes one Query. Raises StoreUnavailable."""
    _, courses = dashboard_queries.instructor_with_courses(instructor_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for course in courses:
        fields = _csv_fields(InstructorCourseOut(**course_fields(course)))
        earnings = course.revenue or {course.currency or "": currency_totals.ZERO_EARNINGS}
        for currency, earned in earnings.items():
            writer.writerow([*fields, currency, earned.gross, earned.refunded, earned.net, earned.discount])
    return text.getvalue()


_COLUMNS: Final = (
    *("course", "title", "status", "hidden", "pending", "active", "completed", "cancelled", "students"),
    *("completion_rate", "average_progress", "currency", "gross", "refunded", "net", "discount"),
)


def _csv_fields(course: InstructorCourseOut) -> list[str | int]:
    """The cells of a row up to the currency."""
    counts = course.enrollments
    return [
        *(course.id, _escape_formula(course.title), course.status.value, "yes" if course.hidden else "no"),
        *(counts.pending, counts.active, counts.completed, counts.cancelled),
        *(course.students, course.completion_rate, course.average_progress),
    ]


def _escape_formula(cell: str) -> str:
    """Prefixes an apostrophe to a cell that a spreadsheet would read as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_PREFIXES) else cell


def course_fields(course: InstructorCourse) -> dict[str, object]:
    """The fields of InstructorCourseOut."""
    counts = status_counts(course)
    return {
        "id": course.course_id,
        "title": course.title,
        "status": course.status,
        "hidden": course.hidden,
        "enrollments": counts,
        "students": counts.active + counts.completed,
        "completion_rate": completion_rate(counts),
        "average_progress": _average_progress([course]),
        "revenue": currency_totals.net(course.revenue),
        "gross": currency_totals.gross(course.revenue),
        "refunded": currency_totals.refunded(course.revenue),
        "discount": currency_totals.discount(course.revenue),
    }


def status_counts(counters: InstructorTotals | InstructorCourse | None) -> EnrollmentStatusCounts:
    """Enrollments by status; zeros for an instructor without counters."""
    if counters is None:
        return EnrollmentStatusCounts(pending=0, active=0, completed=0, cancelled=0)
    return EnrollmentStatusCounts(
        pending=counters.pending, active=counters.active, completed=counters.completed, cancelled=counters.cancelled
    )


def completion_rate(counts: EnrollmentStatusCounts) -> int:
    """The percentage of learners with access who completed the course, rounded down; 0 without learners."""
    with_access = counts.active + counts.completed
    return counts.completed * 100 // with_access if with_access else 0


def _average_progress(courses: list[InstructorCourse]) -> int:
    """The percentage of lessons that learners with access have completed, over all their courses, rounded down."""
    completed_lessons = sum(course.lessons_done or 0 for course in courses)
    assigned_lessons = sum((course.active + course.completed) * (course.lesson_count or 0) for course in courses)
    return min(completed_lessons * 100 // assigned_lessons, 100) if assigned_lessons else 0


def last_days() -> list[str]:
    """The last 30 days of the seller, today included, as "2026-11-30", oldest first."""
    return seller_day.last_days(clock.now(), DAYS)


def _days(days: dict[str, InstructorDay]) -> list[InstructorDayOut]:
    """The last 30 days without gaps, oldest first."""
    return [_day(name, days.get(name)) for name in last_days()]


def _day(name: str, day: InstructorDay | None) -> InstructorDayOut:
    earnings = day.revenue if day else {}
    return InstructorDayOut(
        day=name,
        enrolled=day.enrolled if day else 0,
        completed=day.completed if day else 0,
        gross=currency_totals.gross(earnings),
        refunded=currency_totals.refunded(earnings),
        net=currency_totals.net(earnings),
        discount=currency_totals.discount(earnings),
    )
