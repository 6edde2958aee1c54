"""Requests and responses of the enrollment routes."""

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.domain.lifecycle import EnrollmentStatus
from shared.enrollment_schemas import EnrollmentOut, EnrollmentProgressOut
from shared.schemas import In, Out, PageOut, PageQuery, ShortText, UtcTime


class EnrollmentIn(In):
    course_id: str = Field(max_length=64)


class EnrollmentNextStepOut(Out):
    """The step that a pending enrollment waits for: a call of `route` with `course_id`."""

    action: Literal["pay"]
    route: str
    course_id: str


class EnrollmentWithNextStepOut(EnrollmentOut):
    next: EnrollmentNextStepOut | None = None


class EnrollmentsQuery(PageQuery):
    status: EnrollmentStatus | None = None


class EnrollmentPage(PageOut[EnrollmentOut]):
    pass


class LessonProgressIn(In):
    """At least one of the two fields is required. `position_seconds` is the position at which the video was stopped."""

    completed: bool | None = None
    position_seconds: int | None = Field(None, ge=0, le=86_400)

    @model_validator(mode="after")
    def _require_change(self) -> Self:
        if self.completed is None and self.position_seconds is None:
            raise ValueError("set completed, position_seconds, or both")
        return self


class LessonProgressOut(Out):
    lesson_id: str
    completed: bool
    position_seconds: int | None
    status: EnrollmentStatus
    progress: EnrollmentProgressOut


class CourseProgressOut(EnrollmentProgressOut):
    status: EnrollmentStatus
    completed_lesson_ids: list[str]
    positions: dict[str, int]
    next_lesson_id: str | None
    last_lesson_id: str | None
    last_studied_at: UtcTime | None


class LearnerOut(Out):
    """A learner as the instructor sees it: without e-mail address and payments."""

    user_id: str
    name: str
    status: EnrollmentStatus
    created_at: UtcTime
    completed_at: UtcTime | None
    progress: EnrollmentProgressOut


class LearnerPage(PageOut[LearnerOut]):
    pass


class AdminEnrollmentIn(In):
    """A learner, a course, and the admin's reason, which is audited and shown to admins in the timeline."""

    user_id: str = Field(max_length=64)
    course_id: str = Field(max_length=64)
    reason: ShortText


class EnrollmentGrantIn(AdminEnrollmentIn):
    pass


class EnrollmentRevocationIn(AdminEnrollmentIn):
    pass
