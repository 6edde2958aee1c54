"""Response of a student's dashboard."""

from typing import Literal

from shared.domain.lifecycle import LessonKind
from shared.enrollment_schemas import EnrollmentOut
from shared.schemas import Money, Out, UtcTime


class LessonSummaryOut(Out):
    id: str
    title: str
    kind: LessonKind
    duration_seconds: int


class PendingEnrollmentStepOut(Out):
    """The next step of a pending enrollment. `pay`: pay the order `order_id` before `pay_before`. `order`: create a new
    order, because there is none that can be paid. `nothing`: the course is not for sale now."""

    action: Literal["pay", "order", "nothing"]
    order_id: str | None = None
    price: Money | None = None
    pay_before: UtcTime | None = None


class StudentEnrollmentOut(EnrollmentOut):
    """`closed_to_learners`: an admin closed the course, so that it cannot be opened until it is restored.
    `next_lesson`: the first incomplete lesson in the order of the outline; null when all are completed. `next_step` is
    null unless the enrollment is pending."""

    closed_to_learners: bool
    next_lesson: LessonSummaryOut | None = None
    next_step: PendingEnrollmentStepOut | None = None
    last_studied_at: UtcTime | None = None


class RecentCourseOut(Out):
    """`lesson` is the last one that was completed or watched; null when it was deleted."""

    course_id: str
    title: str
    lesson: LessonSummaryOut | None
    last_studied_at: UtcTime


class StudentDashboardOut(Out):
    """At most 50 enrollments. `has_more`: GET /api/enrollments/my returns further ones. `recent`: the five courses
    studied last, latest first."""

    active: list[StudentEnrollmentOut]
    completed: list[StudentEnrollmentOut]
    pending: list[StudentEnrollmentOut]
    recent: list[RecentCourseOut]
    has_more: bool
