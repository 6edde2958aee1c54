"""Requests and responses for courses."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from functions.courses.curriculum.curriculum_schemas import SectionOut, require_any_field
from shared.domain.lifecycle import CourseLevel, CourseStatus
from shared.domain.prices import MAX_AMOUNT, MIN_PAID_AMOUNT
from shared.schemas import In, LongText, Moment, Money, Out, SaleOut, ShortText, UtcTime


class Currency(StrEnum):
    """The currencies in which a course may be priced."""

    INR = "INR"


Category = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")]


class PriceIn(In):
    """`amount` is in minor units: 0 for a free course, otherwise at least 100."""

    amount: int = Field(ge=0, le=MAX_AMOUNT)
    currency: Currency

    @model_validator(mode="after")
    def _require_minimum_price(self) -> Self:
        if 0 < self.amount < MIN_PAID_AMOUNT:
            raise ValueError(f"a paid course costs at least {MIN_PAID_AMOUNT} minor units")
        return self


class SaleIn(In):
    """A price below the list price, `from` a time `until` another (excluded), both with an offset. `amount` is in minor
    units: 0 for a course that is free meanwhile, otherwise at least 100."""

    amount: int = Field(ge=0, le=MAX_AMOUNT)
    starts_at: Moment = Field(alias="from")
    until: Moment

    @model_validator(mode="after")
    def _require_valid_sale(self) -> Self:
        if 0 < self.amount < MIN_PAID_AMOUNT:
            raise ValueError(f"a sale price that is not 0 is at least {MIN_PAID_AMOUNT} minor units")
        if self.until <= self.starts_at:
            raise ValueError("until must be after from")
        return self


class CourseIn(In):
    title: ShortText
    description: LongText
    category: Category
    level: CourseLevel
    language: Language
    price: PriceIn


class CourseUpdateIn(In):
    """Fields that are absent or null keep their values, except `sale`: null ends it. A sale price is below the list
    price, and its end is ahead. A new list price that is not above the sale price ends the sale."""

    title: ShortText | None = None
    description: LongText | None = None
    category: Category | None = None
    level: CourseLevel | None = None
    language: Language | None = None
    price: PriceIn | None = None
    sale: SaleIn | None = None
    status: Literal["draft", "published"] | None = None

    @model_validator(mode="after")
    def _require_change(self) -> Self:
        if "sale" not in self.model_fields_set:
            require_any_field(self)
        if self.sale and self.price and self.sale.amount >= self.price.amount:
            raise ValueError("a sale price is below the list price")
        return self


class CourseModerationIn(In):
    """`close` is allowed only with `hidden`: learners of the course cannot open it either, until it is restored.
    Without `close` they keep their access."""

    hidden: bool
    reason: ShortText
    close: bool = False

    @model_validator(mode="after")
    def _close_requires_hidden(self) -> Self:
        if self.close and not self.hidden:
            raise ValueError("only a hidden course can be closed to its learners")
        return self


class CourseInstructorOut(Out):
    id: str
    name: str


class CourseBaseOut(Out):
    """The fields that a course has in every representation. `price` is the price now: the sale price while a sale
    lasts, otherwise `list_price`. `sale` is the current or the next sale; one that has ended is null."""

    id: str
    title: str
    description: str
    category: str
    level: CourseLevel
    language: str
    price: Money
    list_price: Money
    sale: SaleOut | None
    instructor: CourseInstructorOut
    lesson_count: int
    enrollment_count: int
    rating: float | None
    rating_count: int
    thumbnail_url: str | None


class CourseOut(CourseBaseOut):
    """A course in lists. `enrollment_count` counts active and completed learners. `rating` is the average of
    `rating_count` reviews, rounded to a hundredth of a star."""

    status: CourseStatus
    hidden: bool
    published_at: UtcTime | None
    version: int
    created_at: UtcTime
    updated_at: UtcTime


class CourseDetailOut(CourseOut):
    """`moderation_reason` is null except for the owner and admins. `ratings` holds the number of reviews with
    one star, two stars, … five stars."""

    ratings: list[int]
    sections: list[SectionOut]
    moderation_reason: str | None
