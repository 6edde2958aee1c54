"""Dashboards on the wire. Money in minor units, one amount per currency; percents are whole and rounded down."""

from typing import Literal

from shared.enrollment_view import EnrollmentOut
from shared.lifecycle import CourseStatus, LessonKind
from shared.schemas import Money, Out, PageOut, UtcTime


class StatusCounts(Out):
    pending: int
    active: int
    completed: int
    cancelled: int


class TaughtCourseOut(Out):
    """`completion_rate`: of those who have access, how many percent completed. `revenue`: captured minus refunded."""

    id: str
    title: str
    status: CourseStatus
    hidden: bool
    enrollments: StatusCounts
    completion_rate: int
    revenue: list[Money]


class InstructorDashboardOut(Out):
    """`total_enrollments` counts active and completed ones, `active_students` distinct people who have access.
    Hidden courses count under their status too."""

    total_courses: int
    published_courses: int
    draft_courses: int
    archived_courses: int
    hidden_courses: int
    total_enrollments: int
    enrollments: StatusCounts
    active_students: int
    completions: int
    completion_rate: int
    revenue: list[Money]
    courses: list[TaughtCourseOut]


class NextLessonOut(Out):
    id: str
    title: str
    kind: LessonKind
    duration_seconds: int


class StudyOut(EnrollmentOut):
    """`next_lesson`: the first, in the order they are taught, that is not done; null when all are."""

    next_lesson: NextLessonOut | None = None


class StudentDashboardOut(Out):
    """At most 50 enrollments; `more` says that GET /api/enrollments/my has others."""

    active: list[StudyOut]
    completed: list[StudyOut]
    pending: list[StudyOut]
    more: bool


class UserCounts(Out):
    total: int
    students: int
    instructors: int
    admins: int


class CourseCounts(Out):
    """`hidden` ones count under their status too."""

    total: int
    published: int
    draft: int
    archived: int
    hidden: int


class EnrollmentCounts(StatusCounts):
    total: int


class PeriodRevenueOut(Out):
    """`period`: a month "2026-11" or a day "2026-11-30", UTC."""

    period: str
    gross: Money
    refunded: Money
    net: Money


class MonthRevenueOut(PeriodRevenueOut):
    month: str


class CourseRevenueOut(Out):
    id: str
    title: str
    instructor: dict[Literal["id", "name"], str]
    gross: list[Money]
    refunded: list[Money]
    net: list[Money]


class RevenueOut(Out):
    """`by_month`: every month, oldest first. `by_day`: the last 30 days that had any. `by_course`: the best 20."""

    net: list[Money]
    gross: list[Money]
    refunded: list[Money]
    by_month: list[MonthRevenueOut]
    by_day: list[PeriodRevenueOut]
    by_course: list[CourseRevenueOut]


class InstructorActivityOut(Out):
    """`last_activity`: when a course of theirs was last edited, or when they joined."""

    id: str
    name: str
    courses: int
    published: int
    enrollments: int
    students: int
    completions: int
    revenue: list[Money]
    last_activity: UtcTime | None


class AttentionOut(Out):
    """`oldest_due_at`: since when the oldest timer waits that should have been looked at; null when none does."""

    refunds_pending: int
    amount_mismatches: int
    oldest_due_at: UtcTime | None
    overdue_seconds: int


class AdminDashboardOut(Out):
    """`instructors`: the 50 who edited a course last."""

    users: UserCounts
    courses: CourseCounts
    enrollments: EnrollmentCounts
    revenue: RevenueOut
    instructors: list[InstructorActivityOut]
    attention: AttentionOut


class OverseenCourseOut(TaughtCourseOut):
    instructor: dict[Literal["id", "name"], str]
    price: Money
    moderation_reason: str | None
    created_at: UtcTime
    published_at: UtcTime | None


class OverseenCoursesOut(PageOut[OverseenCourseOut]):
    pass


class HealthOut(Out):
    status: Literal["ok"] = "ok"


class ReadinessOut(Out):
    status: Literal["ready"] = "ready"
