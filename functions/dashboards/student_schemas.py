"""A student's dashboard on the wire."""

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
    """What a pending enrollment waits for. `pay`: the order `order_id`, until `before`. `order`: a new order, as there
    is none any more that can be paid. `nothing`: the course is not for sale at the moment."""

    action: Literal["pay", "order", "nothing"]
    order_id: str | None = None
    price: Money | None = None
    before: UtcTime | None = None


class StudentEnrollmentOut(EnrollmentOut):
    """`closed`: an admin closed the course to its learners; it cannot be opened until it is restored.
    `next_lesson`: the first, in the order they are taught, that is not done; null when all are. `next_step` is for
    pending ones."""

    closed: bool
    next_lesson: LessonSummaryOut | None = None
    next_step: PendingEnrollmentStepOut | None = None
    last_studied_at: UtcTime | None = None


class RecentCourseOut(Out):
    """`lesson`: the one that was ticked or watched last; null when it is gone."""

    course_id: str
    title: str
    lesson: LessonSummaryOut | None
    last_studied_at: UtcTime


class StudentDashboardOut(Out):
    """At most 50 enrollments; `more` says that GET /api/enrollments/my has others. `recent`: the five courses studied
    last, the latest first."""

    active: list[StudentEnrollmentOut]
    completed: list[StudentEnrollmentOut]
    pending: list[StudentEnrollmentOut]
    recent: list[RecentCourseOut]
    more: bool
