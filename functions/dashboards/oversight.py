"""What admins see: the platform's figures, and every course."""

from datetime import timedelta
from typing import Any, Final

from functions.dashboards import money
from functions.dashboards.schemas import (
    AdminDashboardOut,
    AttentionOut,
    CourseCounts,
    CourseRevenueOut,
    DayCount,
    EnrollmentCounts,
    InstructorActivityOut,
    InstructorRevenueOut,
    ModeratedCourseOut,
    ModerationOut,
    MonthRevenueOut,
    OverseenCourseOut,
    PeriodRevenueOut,
    RevenueOut,
    UserCounts,
)
from functions.dashboards.teaching import taught
from shared import clock, queues
from shared.config import settings
from shared.db import panels, timers
from shared.db.entities import InstructorCourse, InstructorTotals, RevenuePeriod
from shared.schemas import Money

INSTRUCTORS_AT_MOST: Final = 50
EARNERS_AT_MOST: Final = 20
HIDDEN_AT_MOST: Final = 20
NEWEST_AT_MOST: Final = 10
DAYS: Final = 30


def dashboard() -> AdminDashboardOut:
    """Fourteen calls: totals, months, days, best courses, best instructors (2), active instructors, hidden courses (2),
    newest courses, and four timer partitions; and one to the queue of dead letters. Raises StoreUnavailable."""
    total = panels.platform()
    users = {role: total[f"users_{role}"] for role in ("student", "instructor", "admin")}
    days = panels.days(clock.now(), DAYS)
    courses = {status: total[f"courses_{status}"] for status in ("draft", "published", "archived")}
    enrollments = {status: total[f"enrollments_{status}"] for status in ("pending", "active", "completed", "cancelled")}
    return AdminDashboardOut(
        users=UserCounts(
            total=sum(users.values()),
            students=users["student"],
            instructors=users["instructor"],
            admins=users["admin"],
            new_by_day=_new_users(days),
        ),
        courses=CourseCounts(total=sum(courses.values()), hidden=total["courses_hidden"], **courses),
        enrollments=EnrollmentCounts(total=sum(enrollments.values()), **enrollments),
        revenue=_revenue(days),
        instructors=[_activity(each) for each in panels.active_instructors(INSTRUCTORS_AT_MOST)],
        moderation=_moderation(),
        attention=_attention(total["payments_refund_pending"], total["payments_mismatch"]),
    )


def courses(limit: int, start: dict[str, Any] | None) -> tuple[list[OverseenCourseOut], dict[str, Any] | None]:
    """Every course, newest first, and the next key. Raises StoreUnavailable."""
    found, next_key = panels.courses(limit, start)
    return [_overseen(course) for course in found], next_key


def _new_users(days: list[tuple[str, RevenuePeriod]]) -> list[DayCount]:
    known, today = dict(days), clock.now()
    names = [f"{today - timedelta(days=ago):%Y-%m-%d}" for ago in reversed(range(DAYS))]
    return [DayCount(day=name, number=known[name].users_new if name in known else 0) for name in names]


def _revenue(days: list[tuple[str, RevenuePeriod]]) -> RevenueOut:
    months = panels.months()
    total = money.added(period.earned for _, period in months)
    by_month = [
        MonthRevenueOut(month=row.period, **dict(row)) for month, period in months for row in _periods(month, period)
    ]
    return RevenueOut(
        net=money.net(total),
        gross=money.gross(total),
        refunded=money.refunded(total),
        by_month=by_month,
        by_day=[row for day, period in days for row in _periods(day, period)],
        by_course=[_earner(course) for course in panels.best_earners(EARNERS_AT_MOST)],
        by_instructor=[_earning(totals) for totals in panels.best_earning_instructors(EARNERS_AT_MOST)],
    )


def _periods(name: str, period: RevenuePeriod) -> list[PeriodRevenueOut]:
    return [
        PeriodRevenueOut(
            period=name,
            gross=Money(amount=earned.gross, currency=currency),
            refunded=Money(amount=earned.refunded, currency=currency),
            net=Money(amount=earned.net, currency=currency),
        )
        for currency, earned in period.earned.items()
    ]


def _earner(course: InstructorCourse) -> CourseRevenueOut:
    return CourseRevenueOut(
        id=course.course_id,
        title=course.title or "",
        instructor={"id": course.instructor_id, "name": course.instructor_name or ""},
        gross=money.gross(course.earned),
        refunded=money.refunded(course.earned),
        net=money.net(course.earned),
    )


def _earning(totals: InstructorTotals) -> InstructorRevenueOut:
    return InstructorRevenueOut(
        id=totals.instructor_id,
        name=totals.name or "",
        gross=money.gross(totals.earned),
        refunded=money.refunded(totals.earned),
        net=money.net(totals.earned),
    )


def _moderation() -> ModerationOut:
    hidden = [
        ModeratedCourseOut(
            id=course.course_id,
            title=course.title or "",
            instructor={"id": course.instructor_id, "name": course.instructor_name or ""},
            reason=course.moderation_reason,
            closed=course.closed,
            published_at=course.published_at,
        )
        for course in panels.hidden_courses(HIDDEN_AT_MOST)
        if course.hidden
    ]
    newest = [
        ModeratedCourseOut(
            id=card.course_id,
            title=card.title,
            instructor={"id": card.instructor_id, "name": card.instructor_name},
            published_at=card.published_at,
        )
        for card in panels.newest_cards(NEWEST_AT_MOST)
    ]
    return ModerationOut(hidden=hidden, newest=newest)


def _activity(totals: InstructorTotals) -> InstructorActivityOut:
    return InstructorActivityOut(
        id=totals.instructor_id,
        name=totals.name or "",
        courses=totals.draft + totals.published + totals.archived,
        published=totals.published,
        enrollments=totals.active + totals.completed,
        students=totals.students,
        completions=totals.completed,
        revenue=money.net(totals.earned),
        last_activity=totals.last_activity,
    )


def _attention(refunds_pending: int, mismatches: int) -> AttentionOut:
    now = clock.now()
    oldest = next((due_at for _, due_at in timers.due(now, 1)), None)
    failures = settings().projector_failures_url
    return AttentionOut(
        refunds_pending=refunds_pending,
        amount_mismatches=mismatches,
        dead_letters=queues.waiting(failures) if failures else None,
        oldest_due_at=oldest,
        overdue_seconds=int((now - oldest).total_seconds()) if oldest else 0,
    )


def _overseen(course: InstructorCourse) -> OverseenCourseOut:
    return OverseenCourseOut(
        **taught(course),
        instructor={"id": course.instructor_id, "name": course.instructor_name or ""},
        price=Money(amount=course.amount, currency=course.currency),
        moderation_reason=course.moderation_reason,
        closed=course.closed,
        created_at=course.created_at,
        published_at=course.published_at,
    )
