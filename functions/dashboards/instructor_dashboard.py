"""What instructors see of their courses."""

import csv
import io
from datetime import timedelta
from typing import Final

from functions.dashboards import currency_totals
from functions.dashboards.instructor_schemas import (
    EnrollmentStatusCounts,
    InstructorCourseDetailOut,
    InstructorCourseOut,
    InstructorDashboardOut,
    InstructorDayOut,
)
from shared import clock, ids
from shared.db.entities import InstructorCourse, InstructorDay, InstructorTotals
from shared.db.read_models import dashboard_queries
from shared.errors import CourseNotFound

DAYS: Final = 30
_FORMULA_PREFIXES: Final = ("=", "+", "-", "@", "\t", "\r")


def dashboard(instructor_id: str) -> InstructorDashboardOut:
    """Two Queries. Raises StoreUnavailable."""
    totals, courses = dashboard_queries.instructor_with_courses(instructor_id)
    earned = totals.revenue if totals else {}
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
        revenue=currency_totals.net(earned),
        gross=currency_totals.gross(earned),
        refunded=currency_totals.refunded(earned),
        days=_days(dashboard_queries.instructor_days(instructor_id, None, clock.now(), DAYS)),
        courses=[InstructorCourseOut(**course_fields(course)) for course in courses],
    )


def course_detail(instructor_id: str, course_id: str) -> InstructorCourseDetailOut:
    """One GetItem, one Query. Raises CourseNotFound, also for another instructor's."""
    found = dashboard_queries.instructor_course(instructor_id, course_id) if ids.COURSE.fullmatch(course_id) else None
    if found is None:
        raise CourseNotFound("you have no such course")
    return InstructorCourseDetailOut(
        **course_fields(found),
        days=_days(dashboard_queries.instructor_days(instructor_id, course_id, clock.now(), DAYS)),
    )


def courses_csv(instructor_id: str) -> str:
    """The courses as CSV, a row for each course and currency, amounts in minor units. No cell is a formula to whoever
    opens it in a spreadsheet. One Query."""
    _, courses = dashboard_queries.instructor_with_courses(instructor_id)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    for each in courses:
        shown = InstructorCourseOut(**course_fields(each))
        counts = shown.enrollments
        figures = [counts.pending, counts.active, counts.completed, counts.cancelled]
        figures += [shown.students, shown.completion_rate, shown.average_progress]
        facts = [shown.id, _escape_formula(shown.title), shown.status.value, "yes" if shown.hidden else "no"]
        for currency, earned in (each.revenue or {each.currency or "": currency_totals.ZERO_EARNINGS}).items():
            rows.writerow([*facts, *figures, currency, earned.gross, earned.refunded, earned.net])
    return text.getvalue()


_COLUMNS: Final = (
    *("course", "title", "status", "hidden", "pending", "active", "completed", "cancelled", "students"),
    *("completion_rate", "average_progress", "currency", "gross", "refunded", "net"),
)


def _escape_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_PREFIXES) else cell


def course_fields(course: InstructorCourse) -> dict[str, object]:
    """The values of TaughtCourseOut."""
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
    }


def status_counts(of: InstructorTotals | InstructorCourse | None) -> EnrollmentStatusCounts:
    if of is None:
        return EnrollmentStatusCounts(pending=0, active=0, completed=0, cancelled=0)
    return EnrollmentStatusCounts(pending=of.pending, active=of.active, completed=of.completed, cancelled=of.cancelled)


def completion_rate(counts: EnrollmentStatusCounts) -> int:
    """Percent of those with access who completed, rounded down."""
    started = counts.active + counts.completed
    return counts.completed * 100 // started if started else 0


def _average_progress(courses: list[InstructorCourse]) -> int:
    """Percent of the lessons that those with access have to do, rounded down."""
    done = sum(course.lessons_done or 0 for course in courses)
    to_do = sum((course.active + course.completed) * (course.lesson_count or 0) for course in courses)
    return min(done * 100 // to_do, 100) if to_do else 0


def _days(days: dict[str, InstructorDay]) -> list[InstructorDayOut]:
    """The last 30 days, each there, oldest first."""
    today = clock.now()
    names = [f"{today - timedelta(days=ago):%Y-%m-%d}" for ago in reversed(range(DAYS))]
    return [_day(name, days.get(name)) for name in names]


def _day(name: str, day: InstructorDay | None) -> InstructorDayOut:
    earned = day.revenue if day else {}
    return InstructorDayOut(
        day=name,
        enrolled=day.enrolled if day else 0,
        completed=day.completed if day else 0,
        gross=currency_totals.gross(earned),
        refunded=currency_totals.refunded(earned),
        net=currency_totals.net(earned),
    )
