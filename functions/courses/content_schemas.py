"""What a course teaches, on the wire."""

from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from shared.lifecycle import LessonKind
from shared.schemas import In, Out, ShortText, UtcTime

CONTENT_BYTES: Final = 100_000
CONTENT_BRACKETS: Final = 10_000

SomeId = Annotated[str, StringConstraints(min_length=1, max_length=80)]
VideoId = Annotated[str, StringConstraints(max_length=250, pattern=r"^[A-Za-z0-9_/-]+$")]
Duration = Annotated[int, Field(ge=0, le=86_400)]
Source = Annotated[str, StringConstraints(min_length=1, max_length=CONTENT_BYTES, pattern=r"^[^\x00]*$")]


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
        require_something(self)
        return self


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


def require_something(given: In) -> None:
    """Raises ValueError when everything is absent or null."""
    if all(value is None for _, value in given):
        raise ValueError("nothing is to be changed")


def _require_renderable(content: str | None) -> None:
    if content is not None and len(content.encode()) > CONTENT_BYTES:
        raise ValueError(f"content is at most {CONTENT_BYTES} bytes of UTF-8")
    # Rendering takes time that grows with the square of the brackets that lead to nothing.
    if content is not None and max(content.count("["), content.count("<")) > CONTENT_BRACKETS:
        raise ValueError(f"content has at most {CONTENT_BRACKETS} of [ and of <")
