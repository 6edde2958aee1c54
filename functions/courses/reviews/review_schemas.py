"""Requests and responses for reviews."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.schemas import In, Out, PageOut, PageQuery, ShortText, UtcTime

ReviewText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000, pattern=r"^[^\x00]*$")]


class ReviewIn(In):
    """`rating` is in whole stars. `text` is optional."""

    rating: int = Field(ge=1, le=5)
    text: ReviewText | None = None


class ReviewsQuery(PageQuery):
    """`hidden` lists only the hidden reviews, and is for admins."""

    hidden: bool = False


class ReviewAuthorOut(Out):
    """The author, without a user id: reviews of different courses cannot be linked to one person."""

    name: str


class ReviewOut(Out):
    """`moderation_reason` is null except for the author and admins."""

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
    """`my_review` is the review of the student who sends the request, hidden or not. Only the first page has it."""

    my_review: ReviewOut | None = None


class ReviewModerationIn(In):
    hidden: bool
    reason: ShortText
