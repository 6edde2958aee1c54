"""An instructor's dashboard on the wire. Percents are whole and rounded down."""

from shared.domain.lifecycle import CourseStatus
from shared.schemas import Money, Out


class EnrollmentStatusCounts(Out):
    pending: int
    active: int
    completed: int
    cancelled: int


class InstructorCourseOut(Out):
    """`students` are those who have access; `completion_rate`: how many percent of them completed; `average_progress`:
    how many percent of its lessons they have done on average. `revenue` is `gross` (captured) minus `refunded`."""

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


class InstructorDayOut(Out):
    """A day, UTC: `enrolled` got access on it (the last time, if they left and came back), `completed` finished."""

    day: str
    enrolled: int
    completed: int
    gross: list[Money]
    refunded: list[Money]
    net: list[Money]


class InstructorCourseDetailOut(InstructorCourseOut):
    """`days`: the last 30, oldest first."""

    days: list[InstructorDayOut]


class InstructorDashboardOut(Out):
    """`total_enrollments` counts active and completed ones, `active_students` distinct people who have access. Hidden
    courses count under their status too. `days`: the last 30, oldest first."""

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
    days: list[InstructorDayOut]
    courses: list[InstructorCourseOut]
