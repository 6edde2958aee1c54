"""What goes into and out of the enrollment routes."""

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.enrollment_view import EnrollmentOut, ProgressOut
from shared.lifecycle import EnrollmentStatus
from shared.schemas import In, Out, PageOut, PageQuery, ShortText, UtcTime


class EnrollIn(In):
    course_id: str = Field(max_length=64)


class NextStep(Out):
    """What a pending enrollment waits for."""

    action: Literal["pay"]
    route: str
    course_id: str


class EnrolledOut(EnrollmentOut):
    next: NextStep | None = None


class MyEnrollmentsQuery(PageQuery):
    status: EnrollmentStatus | None = None


class MyEnrollmentsOut(PageOut[EnrollmentOut]):
    pass


class TickIn(In):
    """At least one of both; `position_seconds` is where the video stopped."""

    completed: bool | None = None
    position_seconds: int | None = Field(None, ge=0, le=86_400)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.completed is None and self.position_seconds is None:
            raise ValueError("give completed, position_seconds, or both")
        return self


class TickOut(Out):
    lesson_id: str
    completed: bool
    position_seconds: int | None
    status: EnrollmentStatus
    progress: ProgressOut


class CourseProgressOut(ProgressOut):
    status: EnrollmentStatus
    completed_lesson_ids: list[str]
    positions: dict[str, int]
    next_lesson_id: str | None
    last_lesson_id: str | None
    last_studied_at: UtcTime | None


class LearnerOut(Out):
    """A learner as the instructor sees one: no e-mail, no payment."""

    user_id: str
    name: str
    status: EnrollmentStatus
    created_at: UtcTime
    completed_at: UtcTime | None
    progress: ProgressOut


class LearnersOut(PageOut[LearnerOut]):
    pass


class AccessIn(In):
    """Whom, which course, and why: the reason is audited, and admins see it in the timeline."""

    user_id: str = Field(max_length=64)
    course_id: str = Field(max_length=64)
    reason: ShortText
