"""Courses on the wire."""

from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.gateways.cloudinary import Purpose
from shared.lifecycle import CourseStatus, LessonKind, Level
from shared.schemas import In, LongText, Money, Out, ShortText, UtcTime

LEAST_PAID: Final = 100
"""Minor units. The payment gateway takes nothing smaller."""
MOST: Final = 100_000_000
CONTENT_BYTES: Final = 100_000
CONTENT_BRACKETS: Final = 10_000


class Currency(StrEnum):
    """What a course may be priced in."""

    INR = "INR"


Category = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")]
SomeId = Annotated[str, StringConstraints(min_length=1, max_length=80)]
VideoId = Annotated[str, StringConstraints(max_length=250, pattern=r"^[A-Za-z0-9_/-]+$")]
Duration = Annotated[int, Field(ge=0, le=86_400)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=CONTENT_BYTES, pattern=r"^[^\x00]*$")]


class PriceIn(In):
    """`amount` in minor units: 0 is free, otherwise at least 100."""

    amount: int = Field(ge=0, le=MOST)
    currency: Currency

    @model_validator(mode="after")
    def _sellable(self) -> Self:
        if 0 < self.amount < LEAST_PAID:
            raise ValueError(f"a paid course costs at least {LEAST_PAID} minor units")
        return self


class CourseIn(In):
    title: ShortText
    description: LongText
    category: Category
    level: Level
    language: Language
    price: PriceIn


class CourseEditIn(In):
    """What is absent, or null, stays as it is."""

    title: ShortText | None = None
    description: LongText | None = None
    category: Category | None = None
    level: Level | None = None
    language: Language | None = None
    price: PriceIn | None = None
    status: Literal["draft", "published"] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        _require_something(self)
        return self


class ModerationIn(In):
    hidden: bool
    reason: ShortText


class OutlineSectionIn(In):
    id: SomeId
    lessons: list[SomeId] = Field(max_length=500)


class OutlineIn(In):
    sections: list[OutlineSectionIn] = Field(max_length=100)


class SectionIn(In):
    course_id: SomeId
    title: ShortText


class SectionEditIn(In):
    title: ShortText


class LessonIn(In):
    """`content` (Markdown, at most 100 kB) for a text, `video_public_id` for a video."""

    section_id: SomeId
    title: ShortText
    kind: LessonKind
    content: Source | None = None
    video_public_id: VideoId | None = None
    duration_seconds: Duration = 0
    preview: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _require_renderable(self.content)
        text = self.kind is LessonKind.TEXT
        if (self.content is None) is text or (self.video_public_id is None) is not text:
            raise ValueError("a text lesson has content, a video lesson has video_public_id, and neither has both")
        return self


class LessonEditIn(In):
    """What is absent, or null, stays as it is. The kind of a lesson cannot change."""

    title: ShortText | None = None
    content: Source | None = None
    video_public_id: VideoId | None = None
    duration_seconds: Duration | None = None
    preview: bool | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        _require_renderable(self.content)
        if self.content is not None and self.video_public_id is not None:
            raise ValueError("a lesson has content or video_public_id, not both")
        _require_something(self)
        return self


class MediaSignatureIn(In):
    """`course_id` for thumbnails and lesson videos."""

    purpose: Purpose
    course_id: SomeId | None = None

    @model_validator(mode="after")
    def _of_a_course(self) -> Self:
        if (self.course_id is None) is not (self.purpose is Purpose.AVATAR):
            raise ValueError("thumbnail and lesson_video need a course_id, avatar has none")
        return self


class CourseInstructorOut(Out):
    id: str
    name: str


class CourseOut(Out):
    """A course as lists show it. `enrollment_count` counts active and completed learners."""

    id: str
    title: str
    description: str
    category: str
    level: Level
    language: str
    price: Money
    status: CourseStatus
    hidden: bool
    instructor: CourseInstructorOut
    lesson_count: int
    enrollment_count: int
    rating: float | None
    thumbnail_url: str | None
    published_at: UtcTime | None
    version: int
    created_at: UtcTime
    updated_at: UtcTime


class LessonOut(Out):
    """A lesson as the outline shows it: nothing of what it teaches."""

    id: str
    title: str
    kind: LessonKind
    duration_seconds: int
    preview: bool


class SectionOut(Out):
    id: str
    course_id: str
    title: str
    lessons: list[LessonOut]


class CourseDetailOut(CourseOut):
    """`moderation_reason` is for the owner and admins."""

    sections: list[SectionOut]
    moderation_reason: str | None


class LessonVideoOut(Out):
    url: str
    expires_at: UtcTime


class LessonDetailOut(LessonOut):
    """What is learned: the text as it was written and as safe HTML, or a link to the video that expires."""

    course_id: str
    content: str | None
    content_html: str | None
    video: LessonVideoOut | None
    created_at: UtcTime
    updated_at: UtcTime


class MediaSignatureOut(Out):
    """Post `fields` and the file, as `file`, to `upload_url` before `expires_at`."""

    upload_url: str
    fields: dict[str, str]
    public_id: str
    expires_at: UtcTime


def _require_something(given: In) -> None:
    if all(value is None for _, value in given):
        raise ValueError("nothing is to be changed")


def _require_renderable(content: str | None) -> None:
    if content is not None and len(content.encode()) > CONTENT_BYTES:
        raise ValueError(f"content is at most {CONTENT_BYTES} bytes of UTF-8")
    # Rendering takes time that grows with the square of the brackets that lead to nothing.
    if content is not None and max(content.count("["), content.count("<")) > CONTENT_BRACKETS:
        raise ValueError(f"content has at most {CONTENT_BRACKETS} of [ and of <")
