"""The dashboard of admins: counters of the whole platform, and the list of every course."""

from typing import Any, Final

from functions.dashboards import currency_totals
from functions.dashboards.admin_schemas import (
    AdminAttentionOut,
    AdminCourseOut,
    AdminDashboardOut,
    CourseCounts,
    CourseRevenueOut,
    DailyUserCount,
    EnrollmentCounts,
    InstructorActivityOut,
    InstructorRevenueOut,
    ModeratedCourseOut,
    ModerationQueueOut,
    MonthlyRevenueOut,
    PeriodRevenueOut,
    PlatformRevenueOut,
    UserCounts,
)
from functions.dashboards.instructor_dashboard import course_fields, last_days
from shared import clock, queues
from shared.config import settings
from shared.db import due_index
from shared.db.entities import InstructorCourse, InstructorTotals, RevenuePeriod
from shared.db.read_models import dashboard_queries
from shared.db.read_models.dashboard_queries import PeriodRevenue
from shared.schemas import Money

MAX_INSTRUCTORS: Final = 50
MAX_TOP_EARNERS: Final = 20
MAX_HIDDEN_COURSES: Final = 20
MAX_NEWEST_COURSES: Final = 10


def dashboard() -> AdminDashboardOut:
    """Everything on the admin dashboard.

    Makes fourteen calls to the table (totals, months, days, top courses, top instructors (2), active instructors,
    hidden courses (2), newest courses, and the four partitions of the due index) and one to the dead-letter queue.
    Raises StoreUnavailable."""
    totals = dashboard_queries.platform_totals()
    users = {role: totals[f"users_{role}"] for role in ("student", "instructor", "admin")}
    days = dashboard_queries.revenue_days(last_days())
    courses = {status: totals[f"courses_{status}"] for status in ("draft", "published", "archived")}
    enrollments = {
        status: totals[f"enrollments_{status}"] for status in ("pending", "active", "completed", "cancelled")
    }
    return AdminDashboardOut(
        users=UserCounts(
            total=sum(users.values()),
            students=users["student"],
            instructors=users["instructor"],
            admins=users["admin"],
            new_by_day=_new_users(days),
        ),
        courses=CourseCounts(total=sum(courses.values()), hidden=totals["courses_hidden"], **courses),
        enrollments=EnrollmentCounts(total=sum(enrollments.values()), **enrollments),
        revenue=_platform_revenue(days),
        instructors=[_instructor_activity(totals) for totals in dashboard_queries.active_instructors(MAX_INSTRUCTORS)],
        moderation=_moderation_queue(),
        attention=_attention(totals["payments_refund_pending"], totals["payments_mismatch"]),
    )


def list_courses(limit: int, start: dict[str, Any] | None) -> tuple[list[AdminCourseOut], dict[str, Any] | None]:
    """A page of all courses, newest first, and the key of the next page. Raises StoreUnavailable."""
    courses, next_key = dashboard_queries.list_courses(limit, start)
    return [_admin_course(course) for course in courses], next_key


def _new_users(days: list[PeriodRevenue]) -> list[DailyUserCount]:
    new_users = {day: period.users_new for day, period in days}
    return [DailyUserCount(day=day, count=new_users.get(day, 0)) for day in last_days()]


def _platform_revenue(days: list[PeriodRevenue]) -> PlatformRevenueOut:
    months = dashboard_queries.revenue_months()
    total = currency_totals.sum_earnings(period.revenue for _, period in months)
    by_month = [
        MonthlyRevenueOut(month=row.period, **dict(row))
        for month, period in months
        for row in _revenue_rows(month, period)
    ]
    return PlatformRevenueOut(
        net=currency_totals.net(total),
        gross=currency_totals.gross(total),
        refunded=currency_totals.refunded(total),
        discount=currency_totals.discount(total),
        by_month=by_month,
        by_day=[row for day, period in days for row in _revenue_rows(day, period)],
        by_course=[_course_revenue(course) for course in dashboard_queries.top_courses_by_revenue(MAX_TOP_EARNERS)],
        by_instructor=[
            _instructor_revenue(totals) for totals in dashboard_queries.top_instructors_by_revenue(MAX_TOP_EARNERS)
        ],
    )


def _revenue_rows(name: str, period: RevenuePeriod) -> list[PeriodRevenueOut]:
    return [
        PeriodRevenueOut(
            period=name,
            gross=Money(amount=earned.gross, currency=currency),
            refunded=Money(amount=earned.refunded, currency=currency),
            net=Money(amount=earned.net, currency=currency),
            discount=Money(amount=earned.discount, currency=currency),
        )
        for currency, earned in period.revenue.items()
    ]


def _course_revenue(course: InstructorCourse) -> CourseRevenueOut:
    return CourseRevenueOut(
        id=course.course_id,
        title=course.title or "",
        instructor={"id": course.instructor_id, "name": course.instructor_name or ""},
        gross=currency_totals.gross(course.revenue),
        refunded=currency_totals.refunded(course.revenue),
        net=currency_totals.net(course.revenue),
        discount=currency_totals.discount(course.revenue),
    )


def _instructor_revenue(totals: InstructorTotals) -> InstructorRevenueOut:
    return InstructorRevenueOut(
        id=totals.instructor_id,
        name=totals.name or "",
        gross=currency_totals.gross(totals.revenue),
        refunded=currency_totals.refunded(totals.revenue),
        net=currency_totals.net(totals.revenue),
        discount=currency_totals.discount(totals.revenue),
    )


def _moderation_queue() -> ModerationQueueOut:
    hidden = [
        ModeratedCourseOut(
            id=course.course_id,
            title=course.title or "",
            instructor={"id": course.instructor_id, "name": course.instructor_name or ""},
            reason=course.moderation_reason,
            closed_to_learners=course.closed,
            published_at=course.published_at,
        )
        for course in dashboard_queries.hidden_courses(MAX_HIDDEN_COURSES)
        if course.hidden
    ]
    newest = [
        ModeratedCourseOut(
            id=card.course_id,
            title=card.title,
            instructor={"id": card.instructor_id, "name": card.instructor_name},
            published_at=card.published_at,
        )
        for card in dashboard_queries.newest_cards(MAX_NEWEST_COURSES)
    ]
    return ModerationQueueOut(hidden=hidden, newest=newest)


def _instructor_activity(totals: InstructorTotals) -> InstructorActivityOut:
    return InstructorActivityOut(
        id=totals.instructor_id,
        name=totals.name or "",
        courses=totals.draft + totals.published + totals.archived,
        published=totals.published,
        enrollments=totals.active + totals.completed,
        students=totals.students,
        completions=totals.completed,
        revenue=currency_totals.net(totals.revenue),
        last_activity=totals.last_activity,
    )


def _attention(refunds_pending: int, mismatches: int) -> AdminAttentionOut:
    now = clock.now()
    oldest = next((due_at for _, due_at in due_index.list_due(now, 1)), None)
    failures = settings().projector_failures_url
    return AdminAttentionOut(
        refunds_pending=refunds_pending,
        amount_mismatches=mismatches,
        dead_letters=queues.message_count(failures) if failures else None,
        oldest_due_at=oldest,
        overdue_seconds=int((now - oldest).total_seconds()) if oldest else 0,
    )


def _admin_course(course: InstructorCourse) -> AdminCourseOut:
    return AdminCourseOut(
        **course_fields(course),
        instructor={"id": course.instructor_id, "name": course.instructor_name or ""},
        price=Money(amount=course.amount, currency=course.currency),
        moderation_reason=course.moderation_reason,
        closed_to_learners=course.closed,
        created_at=course.created_at,
        published_at=course.published_at,
    )
