"""Requests and responses for outlines, sections and lessons."""

from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from shared.domain.lifecycle import LessonKind
from shared.schemas import In, Out, ShortText, UtcTime

MAX_CONTENT_BYTES: Final = 100_000
MAX_CONTENT_BRACKETS: Final = 10_000

ResourceId = Annotated[str, StringConstraints(min_length=1, max_length=80)]
VideoId = Annotated[str, StringConstraints(max_length=250, pattern=r"^[A-Za-z0-9_/-]+$")]
DurationSeconds = Annotated[int, Field(ge=0, le=86_400)]
MarkdownSource = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CONTENT_BYTES, pattern=r"^[^\x00]*$")]


class OutlineSectionIn(In):
    id: ResourceId
    lessons: list[ResourceId] = Field(max_length=500)


class OutlineIn(In):
    sections: list[OutlineSectionIn] = Field(max_length=100)


class SectionIn(In):
    course_id: ResourceId
    title: ShortText


class SectionUpdateIn(In):
    title: ShortText


class LessonIn(In):
    """A text lesson has `content` (Markdown, at most 100 kB), a video lesson has `video_public_id`."""

    section_id: ResourceId
    title: ShortText
    kind: LessonKind
    content: MarkdownSource | None = None
    video_public_id: VideoId | None = None
    duration_seconds: DurationSeconds = 0
    preview: bool = False

    @model_validator(mode="after")
    def _kind_matches_content(self) -> Self:
        _require_renderable(self.content)
        is_text = self.kind is LessonKind.TEXT
        if (self.content is None) is is_text or (self.video_public_id is None) is not is_text:
            raise ValueError("a text lesson needs content, a video lesson video_public_id; neither may have both")
        return self


class LessonUpdateIn(In):
    """Fields that are absent or null keep their values. The kind of a lesson cannot change."""

    title: ShortText | None = None
    content: MarkdownSource | None = None
    video_public_id: VideoId | None = None
    duration_seconds: DurationSeconds | None = None
    preview: bool | None = None

    @model_validator(mode="after")
    def _at_most_one_content(self) -> Self:
        _require_renderable(self.content)
        if self.content is not None and self.video_public_id is not None:
            raise ValueError("a lesson can have content or video_public_id, not both")
        require_any_field(self)
        return self


class LessonOut(Out):
    """A lesson in an outline, without its content."""

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
    """A lesson with its content: the text as written (`content`) and as safe HTML (`content_html`), or an expiring link
    to the video."""

    course_id: str
    content: str | None
    content_html: str | None
    video: LessonVideoOut | None
    created_at: UtcTime
    updated_at: UtcTime


def require_any_field(update: In) -> None:
    """Raises ValueError when every field is absent or null."""
    if all(value is None for _, value in update):
        raise ValueError("no field is set: nothing to change")


def _require_renderable(content: str | None) -> None:
    if content is not None and len(content.encode()) > MAX_CONTENT_BYTES:
        raise ValueError(f"content may have at most {MAX_CONTENT_BYTES} bytes of UTF-8")
    # The rendering time grows with the square of the number of unmatched brackets.
    if content is not None and max(content.count("["), content.count("<")) > MAX_CONTENT_BRACKETS:
        raise ValueError(f"content may have at most {MAX_CONTENT_BRACKETS} opening brackets of each kind, [ and <")
