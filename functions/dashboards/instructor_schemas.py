"""Responses of an instructor's dashboard. Percentages are integers, rounded down."""

from shared.domain.lifecycle import CourseStatus
from shared.schemas import Money, Out


class EnrollmentStatusCounts(Out):
    pending: int
    active: int
    completed: int
    cancelled: int


class InstructorCourseOut(Out):
    """`students` counts learners with access. `completion_rate` is the percentage of them who completed the course.
    `average_progress` is the percentage of its lessons that they have completed on average. `revenue` is `gross`
    (captured) minus `refunded`. `discount` is what sale prices and coupons took off the list prices of the captured
    orders; a refund does not change it."""

    id: str
    title: str
    status: CourseStatus
    hidden: bool
    enrollments: EnrollmentStatusCounts
    students: int
    completion_rate: int
    average_progress: int
    revenue: list[Money]
    gross: list[Money]
    refunded: list[Money]
    discount: list[Money]


class InstructorDayOut(Out):
    """One day of the seller. `enrolled` counts learners whose access began on this day; a learner who enrolled
    repeatedly counts on the last such day only. `completed` counts completions."""

    day: str
    enrolled: int
    completed: int
    gross: list[Money]
    refunded: list[Money]
    net: list[Money]
    discount: list[Money]


class InstructorCourseDetailOut(InstructorCourseOut):
    """`days`: the last 30 days, oldest first."""

    days: list[InstructorDayOut]


class InstructorDashboardOut(Out):
    """`total_enrollments` counts active and completed enrollments. `active_students` counts distinct learners with
    access. Hidden courses also count under their status. `days`: the last 30 days, oldest first."""

    total_courses: int
    published_courses: int
    draft_courses: int
    archived_courses: int
    hidden_courses: int
    total_enrollments: int
    enrollments: EnrollmentStatusCounts
    active_students: int
    completions: int
    completion_rate: int
    average_progress: int
    revenue: list[Money]
    gross: list[Money]
    refunded: list[Money]
    discount: list[Money]
    days: list[InstructorDayOut]
    courses: list[InstructorCourseOut]
