"""Reviews on the wire."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.schemas import In, Out, PageOut, PageQuery, ShortText, UtcTime

ReviewText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000, pattern=r"^[^\x00]*$")]


class ReviewIn(In):
    """`rating` in whole stars; `text` may be absent."""

    rating: int = Field(ge=1, le=5)
    text: ReviewText | None = None


class ReviewsQuery(PageQuery):
    """`hidden` is for admins: the reviews that are not shown."""

    hidden: bool = False


class ReviewAuthorOut(Out):
    """No id: what a person wrote elsewhere is not told here."""

    name: str


class ReviewOut(Out):
    """`moderation_reason` is for its author and admins."""

    id: str
    course_id: str
    author: ReviewAuthorOut
    rating: int
    text: str | None
    hidden: bool
    moderation_reason: str | None
    created_at: UtcTime
    updated_at: UtcTime


class ReviewPage(PageOut[ReviewOut]):
    """`own`: on the first page of a student who is signed in, the student's own review, hidden or not."""

    my_review: ReviewOut | None = None


class ReviewModerationIn(In):
    hidden: bool
    reason: ShortText
