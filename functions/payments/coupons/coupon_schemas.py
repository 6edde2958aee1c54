"""Requests and responses of the coupon routes. Amounts are in minor units."""

from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.domain.coupons import MAX_COURSES, MAX_USES_PER_LEARNER, CouponKind, terms_error, window_error
from shared.domain.prices import MAX_AMOUNT
from shared.schemas import In, Moment, Out, PageOut, UtcTime

MAX_LIMIT: Final = 10_000_000
_CURRENCY: Final = "INR"

_Code = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{2,31}$", max_length=40),
]
_Course = Annotated[str, StringConstraints(pattern=r"^crs_[0-9A-HJKMNP-TV-Z]{26}$")]


def _without_duplicates(courses: list[str]) -> list[str]:
    """Raises ValueError for a course that is named twice."""
    if len(set(courses)) < len(courses):
        raise ValueError("a course is named twice")
    return sorted(courses)


_Courses = Annotated[list[_Course], Field(min_length=1, max_length=MAX_COURSES), AfterValidator(_without_duplicates)]

_Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT)]
_PerLearner = Annotated[int, Field(ge=1, le=MAX_USES_PER_LEARNER)]
_Minimum = Annotated[int, Field(ge=1, le=MAX_AMOUNT)]


class CouponIn(In):
    """`value` is a percentage from 1 to 100, or an amount in minor units of `currency`. Without `courses` it is for
    every course; without `limit`, the uses of all learners together are not limited. Times have an offset."""

    code: _Code
    discount_kind: CouponKind = Field(strict=False)
    value: int = Field(ge=1, le=MAX_AMOUNT)
    currency: str = Field(_CURRENCY, pattern=f"^{_CURRENCY}$")
    courses: _Courses | None = None
    minimum: _Minimum | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    limit: _Limit | None = None
    per_learner: _PerLearner = 1
    first_purchase: bool = False

    @model_validator(mode="after")
    def _require_valid_terms(self) -> Self:
        error = terms_error(self.discount_kind, self.value, self.valid_from, self.valid_until)
        if error:
            raise ValueError(error)
        return self


class CouponUpdateIn(In):
    """Fields that are absent keep their values; null removes `courses`, `minimum`, `valid_from` or `valid_until`.
    `limit` changes only in a coupon that has one. `active: false` ends new claims. Orders that claimed the coupon keep
    their price."""

    value: int | None = Field(None, ge=1, le=MAX_AMOUNT)
    courses: _Courses | None = None
    minimum: _Minimum | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    limit: _Limit | None = None
    per_learner: _PerLearner | None = None
    active: bool | None = None

    @model_validator(mode="after")
    def _require_valid_changes(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("at least one field is required")
        for name in self.model_fields_set & {"value", "limit", "per_learner", "active"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        error = window_error(self.valid_from, self.valid_until)
        if error:
            raise ValueError(error)
        return self


class CouponOut(Out):
    """`used` counts the uses that are taken from `limit`: open orders, paid orders and free activations; null without a
    limit. `redeemed` counts the orders that were paid in time, and `redeemed_late` those that were paid after their
    use had been given back: they may exceed the limit. `free_activations` counts the courses that the coupon made free.

    `discount_given` is what the coupon took off the prices of all of them, `revenue` what was captured for these
    orders, and `refunded` what was refunded of it, in minor units of `currency`. The figures follow the orders by
    seconds."""

    code: str
    discount_kind: CouponKind
    value: int
    currency: str
    courses: list[str] | None
    minimum: int | None
    valid_from: UtcTime | None
    valid_until: UtcTime | None
    limit: int | None
    remaining: int | None
    used: int | None
    per_learner: int
    first_purchase: bool
    active: bool
    redeemed: int
    redeemed_late: int
    free_activations: int
    discount_given: int
    revenue: int
    refunded: int
    created_by: str
    version: int
    created_at: UtcTime
    updated_at: UtcTime


class CouponPage(PageOut[CouponOut]):
    """`unreadable`: the codes of this page whose coupons cannot be read and are not in `items`."""

    unreadable: list[str]
