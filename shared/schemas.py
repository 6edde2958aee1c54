"""Base classes and shared parts of the request and response schemas.

Schema names are unique across all functions, because they share one OpenAPI document.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from shared import clock

T = TypeVar("T")

_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)

UtcTime = Annotated[datetime, PlainSerializer(clock.text, return_type=str, when_used="json")]
"""ISO 8601, UTC, milliseconds: 2026-01-31T12:00:00.000Z."""


def _require_rfc_3339(value: object) -> object:
    """Raises ValueError for a value that is no time of RFC 3339, section 5.6: pydantic also reads numbers as seconds,
    and dates. https://www.rfc-editor.org/rfc/rfc3339#section-5.6"""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("a time has date, time and offset, such as 2026-11-30T18:30:00+05:30 (RFC 3339)")
    return value


def _stored_moment(moment: datetime) -> datetime:
    """Raises ValueError for a time that is outside of the calendar once it is UTC."""
    try:
        return clock.to_stored_precision(moment)
    except OverflowError as error:
        raise ValueError("the time is out of range") from error


Moment = Annotated[
    AwareDatetime, Field(strict=False), AfterValidator(_stored_moment), BeforeValidator(_require_rfc_3339)
]
"""A time in a request: a string of RFC 3339, read as UTC in the precision of stored times."""


def _bounded_text(min_length: int, max_length: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=min_length, max_length=max_length, pattern=r"^[^\x00]*$")


ShortText = Annotated[str, _bounded_text(1, 120)]
MAX_ADDRESS_LINES: Final = 10


def _within_lines(address: str) -> str:
    if len(address.splitlines()) > MAX_ADDRESS_LINES:
        raise PydanticCustomError("address_too_many_lines", f"Enter the address on at most {MAX_ADDRESS_LINES} lines")
    return address


AddressText = Annotated[str, _bounded_text(1, 300), AfterValidator(_within_lines)]
"""A postal address on at most ten lines."""
LongText = Annotated[str, _bounded_text(0, 10_000)]


class In(BaseModel):
    """Base of request bodies: unknown fields are rejected, strings are not converted to numbers, and NaN and infinity
    are invalid."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


class Out(BaseModel):
    """Base of responses. Can be built from an entity with `from_attributes`."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


class Money(Out):
    """An amount in the minor unit of its currency (paise for INR), never a fraction."""

    amount: int
    currency: str


class SaleOut(Out):
    """A sale price, in minor units of the list price's currency, from `from` to `until` (the end excluded)."""

    model_config = ConfigDict(from_attributes=True, defer_build=True, populate_by_name=True, serialize_by_alias=True)

    amount: int
    starts_at: UtcTime = Field(alias="from")
    until: UtcTime


class PageQuery(BaseModel):
    """Query parameters of every list: `limit` from 1 to 100, and the opaque `next_cursor` of the previous page."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=2_000)


class PageOut(Out, Generic[T]):
    """One page of a list. `next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None = None


class ProblemOut(Out):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    trace_id: str
    errors: list[dict[str, Any]] | None = None
