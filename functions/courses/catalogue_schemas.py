"""The catalogue on the wire."""

from typing import Literal

from pydantic import Field

from functions.courses.schemas import CourseInstructorOut
from shared.domain.lifecycle import CourseLevel
from shared.schemas import Money, Out, PageOut, PageQuery, UtcTime


class CatalogueQuery(PageQuery):
    """`q` finds courses with a word beginning with each of its words, in title, category or instructor's name."""

    q: str | None = Field(None, max_length=100)
    category: str | None = Field(None, max_length=40)
    level: CourseLevel | None = None
    price: Literal["free", "paid"] | None = None
    language: str | None = Field(None, max_length=20)
    sort: Literal["newest", "popular"] = "newest"


class CourseCardOut(Out):
    """A published course as the catalogue lists it; `description` is its beginning. `enrollment_count` is
    the power of two it has reached: 8 is 8 to 15; `rating` is within a tenth of a star of the average, and
    `rating_count` within a quarter. GET /api/courses/{course_id} has all of them in full."""

    id: str
    title: str
    description: str
    category: str
    level: CourseLevel
    language: str
    price: Money
    instructor: CourseInstructorOut
    lesson_count: int
    enrollment_count: int
    rating: float | None
    rating_count: int
    thumbnail_url: str | None
    published_at: UtcTime


class CataloguePage(PageOut[CourseCardOut]):
    pass
