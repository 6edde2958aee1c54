"""Courses on the wire."""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from functions.courses.curriculum.curriculum_schemas import ResourceId, SectionOut, require_any_field
from shared.domain.lifecycle import CourseLevel, CourseStatus
from shared.gateways.cloudinary import MediaPurpose
from shared.schemas import In, LongText, Money, Out, ShortText, UtcTime

MIN_PAID_AMOUNT: Final = 100
"""Minor units. The payment gateway takes nothing smaller."""
MAX_AMOUNT: Final = 100_000_000


class Currency(StrEnum):
    """What a course may be priced in."""

    INR = "INR"


Category = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")]


class PriceIn(In):
    """`amount` in minor units: 0 is free, otherwise at least 100."""

    amount: int = Field(ge=0, le=MAX_AMOUNT)
    currency: Currency

    @model_validator(mode="after")
    def _require_minimum_price(self) -> Self:
        if 0 < self.amount < MIN_PAID_AMOUNT:
            raise ValueError(f"a paid course costs at least {MIN_PAID_AMOUNT} minor units")
        return self


class CourseIn(In):
    title: ShortText
    description: LongText
    category: Category
    level: CourseLevel
    language: Language
    price: PriceIn


class CourseUpdateIn(In):
    """What is absent, or null, stays as it is."""

    title: ShortText | None = None
    description: LongText | None = None
    category: Category | None = None
    level: CourseLevel | None = None
    language: Language | None = None
    price: PriceIn | None = None
    status: Literal["draft", "published"] | None = None

    @model_validator(mode="after")
    def _require_change(self) -> Self:
        require_any_field(self)
        return self


class CourseModerationIn(In):
    """`close`, with `hidden`: those who learn in the course cannot open it either until it is restored. Without it they
    keep it."""

    hidden: bool
    reason: ShortText
    close: bool = False

    @model_validator(mode="after")
    def _close_requires_hidden(self) -> Self:
        if self.close and not self.hidden:
            raise ValueError("only a hidden course can be closed to its learners")
        return self


class MediaSignatureIn(In):
    """`course_id` for thumbnails and lesson videos."""

    purpose: MediaPurpose
    course_id: ResourceId | None = None

    @model_validator(mode="after")
    def _course_id_matches_purpose(self) -> Self:
        if (self.course_id is None) is not (self.purpose is MediaPurpose.AVATAR):
            raise ValueError("thumbnail and lesson_video need a course_id, avatar has none")
        return self


class CourseInstructorOut(Out):
    id: str
    name: str


class CourseOut(Out):
    """A course as lists show it. `enrollment_count` counts active and completed learners; `rating` is the average of
    `rating_count` reviews, to a hundredth of a star."""

    id: str
    title: str
    description: str
    category: str
    level: CourseLevel
    language: str
    price: Money
    status: CourseStatus
    hidden: bool
    instructor: CourseInstructorOut
    lesson_count: int
    enrollment_count: int
    rating: float | None
    rating_count: int
    thumbnail_url: str | None
    published_at: UtcTime | None
    version: int
    created_at: UtcTime
    updated_at: UtcTime


class CourseDetailOut(CourseOut):
    """`moderation_reason` is for the owner and admins. `ratings` is how many gave one star, two, … five."""

    ratings: list[int]
    sections: list[SectionOut]
    moderation_reason: str | None


class MediaSignatureOut(Out):
    """Post `fields` and the file, as `file`, to `upload_url` before `expires_at`."""

    upload_url: str
    fields: dict[str, str]
    public_id: str
    expires_at: UtcTime
