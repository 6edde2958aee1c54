"""Responses of the admin dashboard and of the health checks. Money is in minor units, one amount per currency."""

from typing import Literal

from functions.dashboards.instructor_schemas import EnrollmentStatusCounts, InstructorCourseOut
from shared.schemas import Money, Out, PageOut, UtcTime


class DailyUserCount(Out):
    day: str
    count: int


class UserCounts(Out):
    """`new_by_day`: the last 30 days of the seller, oldest first."""

    total: int
    students: int
    instructors: int
    admins: int
    new_by_day: list[DailyUserCount]


class CourseCounts(Out):
    """`hidden` courses also count under their status."""

    total: int
    published: int
    draft: int
    archived: int
    hidden: int


class EnrollmentCounts(EnrollmentStatusCounts):
    total: int


class PeriodRevenueOut(Out):
    """`period` is a month ("2026-11") or a day ("2026-11-30") of the seller. `discount` is what sale prices and coupons
    took off the list prices of the captured orders: `gross` and `discount` are the list prices. A refund changes
    neither of the two."""

    period: str
    gross: Money
    refunded: Money
    net: Money
    discount: Money


class MonthlyRevenueOut(PeriodRevenueOut):
    month: str


class CourseRevenueOut(Out):
    id: str
    title: str
    instructor: dict[Literal["id", "name"], str]
    gross: list[Money]
    refunded: list[Money]
    net: list[Money]
    discount: list[Money]


class InstructorRevenueOut(Out):
    id: str
    name: str
    gross: list[Money]
    refunded: list[Money]
    net: list[Money]
    discount: list[Money]


class PlatformRevenueOut(Out):
    """`by_month`: every month, oldest first. `by_day`: the days with revenue among the last 30. `by_course` and
    `by_instructor`: the 20 with the highest revenue."""

    net: list[Money]
    gross: list[Money]
    refunded: list[Money]
    discount: list[Money]
    by_month: list[MonthlyRevenueOut]
    by_day: list[PeriodRevenueOut]
    by_course: list[CourseRevenueOut]
    by_instructor: list[InstructorRevenueOut]


class InstructorActivityOut(Out):
    """`last_activity`: the time of the last edit of a course, or of the registration."""

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
    """`oldest_due_at`: the due time of the oldest overdue poll or expiry; null when none is overdue. `dead_letters`:
    the number of stream records that are missing from the counters because the projector failed on them; null when it
    is unknown."""

    refunds_pending: int
    amount_mismatches: int
    dead_letters: int | None
    oldest_due_at: UtcTime | None
    overdue_seconds: int


class ModeratedCourseOut(Out):
    """`reason` and `closed_to_learners` are set for hidden courses only."""

    id: str
    title: str
    instructor: dict[Literal["id", "name"], str]
    reason: str | None = None
    closed_to_learners: bool = False
    published_at: UtcTime | None


class ModerationQueueOut(Out):
    """`hidden`: at most 20 hidden courses, last changed first. `newest`: the last 10 published courses, for review."""

    hidden: list[ModeratedCourseOut]
    newest: list[ModeratedCourseOut]


class AdminDashboardOut(Out):
    """`instructors`: the 50 with the latest activity."""

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
    closed_to_learners: bool
    created_at: UtcTime
    published_at: UtcTime | None


class AdminCoursePage(PageOut[AdminCourseOut]):
    pass
