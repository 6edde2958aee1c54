"""Query and response of the catalogue."""

from typing import Literal

from pydantic import Field

from functions.courses.schemas import CourseBaseOut
from shared.domain.lifecycle import CourseLevel
from shared.schemas import PageOut, PageQuery, UtcTime


class CatalogueQuery(PageQuery):
    """`q` finds a course if each word of `q` is the beginning of a word in the title, the category or the instructor's
    name."""

    q: str | None = Field(None, max_length=100)
    category: str | None = Field(None, max_length=40)
    level: CourseLevel | None = None
    price: Literal["free", "paid"] | None = None
    language: str | None = Field(None, max_length=20)
    sort: Literal["newest", "popular"] = "newest"


class CourseCardOut(CourseBaseOut):
    """A published course in the catalogue. `description` is shortened to its beginning. `enrollment_count` is rounded
    down to a power of two (8 means 8 to 15). `rating` differs from the exact average by less than a tenth of a star,
    and `rating_count` from the exact number by at most a quarter. GET /api/courses/{course_id} returns the full text
    and the exact numbers."""

    published_at: UtcTime


class CataloguePage(PageOut[CourseCardOut]):
    pass
