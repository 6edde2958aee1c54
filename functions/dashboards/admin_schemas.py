"""The admins' dashboard and the platform on the wire. Money in minor units, one amount per currency."""

from typing import Literal

from functions.dashboards.instructor_schemas import EnrollmentStatusCounts, InstructorCourseOut
from shared.schemas import Money, Out, PageOut, UtcTime


class DailyUserCount(Out):
    day: str
    number: int


class UserCounts(Out):
    """`new_by_day`: the last 30 days, UTC, oldest first."""

    total: int
    students: int
    instructors: int
    admins: int
    new_by_day: list[DailyUserCount]


class CourseCounts(Out):
    """`hidden` ones count under their status too."""

    total: int
    published: int
    draft: int
    archived: int
    hidden: int


class EnrollmentCounts(EnrollmentStatusCounts):
    total: int


class PeriodRevenueOut(Out):
    """`period`: a month "2026-11" or a day "2026-11-30", UTC."""

    period: str
    gross: Money
    refunded: Money
    net: Money


class MonthlyRevenueOut(PeriodRevenueOut):
    month: str


class CourseRevenueOut(Out):
    id: str
    title: str
    instructor: dict[Literal["id", "name"], str]
    gross: list[Money]
    refunded: list[Money]
    net: list[Money]


class InstructorRevenueOut(Out):
    id: str
    name: str
    gross: list[Money]
    refunded: list[Money]
    net: list[Money]


class PlatformRevenueOut(Out):
    """`by_month`: every month, oldest first. `by_day`: the last 30 days that had any. `by_course` and `by_instructor`:
    the best 20."""

    net: list[Money]
    gross: list[Money]
    refunded: list[Money]
    by_month: list[MonthlyRevenueOut]
    by_day: list[PeriodRevenueOut]
    by_course: list[CourseRevenueOut]
    by_instructor: list[InstructorRevenueOut]


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


class AdminAttentionOut(Out):
    """`oldest_due_at`: since when the oldest timer waits that should have been looked at; null when none does.
    `dead_letters`: changes that the figures lack, because they could not be projected; null when nobody can tell."""

    refunds_pending: int
    amount_mismatches: int
    dead_letters: int | None
    oldest_due_at: UtcTime | None
    overdue_seconds: int


class ModeratedCourseOut(Out):
    """`reason` and `closed` are for hidden ones: closed to those who learn in it, too."""

    id: str
    title: str
    instructor: dict[Literal["id", "name"], str]
    reason: str | None = None
    closed: bool = False
    published_at: UtcTime | None


class ModerationQueueOut(Out):
    """`hidden`: at most 20 courses, those changed last first. `newest`: the last 10 that were published, to be looked
    at."""

    hidden: list[ModeratedCourseOut]
    newest: list[ModeratedCourseOut]


class AdminDashboardOut(Out):
    """`instructors`: the 50 who edited a course last."""

    users: UserCounts
    courses: CourseCounts
    enrollments: EnrollmentCounts
    revenue: PlatformRevenueOut
    instructors: list[InstructorActivityOut]
    moderation: ModerationQueueOut
    attention: AdminAttentionOut


class AdminCourseOut(InstructorCourseOut):
    instructor: dict[Literal["id", "name"], str]
    price: Money
    moderation_reason: str | None
    closed: bool
    created_at: UtcTime
    published_at: UtcTime | None


class AdminCoursePage(PageOut[AdminCourseOut]):
    pass


class HealthOut(Out):
    status: Literal["ok"] = "ok"


class ReadinessOut(Out):
    status: Literal["ready"] = "ready"
