"""Attributes hold one type, and say so when they are written."""

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest

from shared.db.attributes import EnumAttribute, EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.history_kinds import ChangeKind, EvidenceKind, HistoryKind, Source
from shared.lifecycle import CourseStatus, PaymentStatus

WHOLE, TIME, STATUS = IntAttribute(), TimeAttribute(), EnumAttribute(PaymentStatus)


@pytest.mark.parametrize("value", [0, 1, -1, 10**15])
def test_whole_numbers_come_back(value: int) -> None:
    assert WHOLE.deserialize(WHOLE.serialize(value)) == value


@pytest.mark.parametrize("value", [10.5, 10.0, True, False, "1", None, b"1", [1], float("nan")])
def test_nothing_else_is_a_whole_number(value: Any) -> None:
    with pytest.raises(TypeError, match="is not an int"):
        WHOLE.serialize(value)


def test_times_are_utc_text_that_sorts() -> None:
    at = datetime(2026, 11, 23, 12, 0, 0, 123_000, tzinfo=UTC)
    assert TIME.serialize(at) == "2026-11-23T12:00:00.123Z"
    assert TIME.deserialize("2026-11-23T12:00:00.123Z") == at
    india = at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert TIME.serialize(india) == TIME.serialize(at)
    assert TIME.serialize(at) < TIME.serialize(at + timedelta(milliseconds=1)) < TIME.serialize(at + timedelta(days=40))


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), date(2026, 1, 1), "2026-01-01T00:00:00.000Z", 1.0, None])  # noqa: DTZ001
def test_nothing_else_is_a_time(value: Any) -> None:
    with pytest.raises(TypeError, match="is not an aware datetime"):
        TIME.serialize(value)


@pytest.mark.parametrize("stored", ["", "2026-01-01", "2026-01-01T00:00:00+00:00", "yesterday"])
def test_text_that_is_no_time_is_a_fault(stored: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        TIME.deserialize(stored)


def test_states_come_back_as_themselves() -> None:
    for state in PaymentStatus:
        assert STATUS.serialize(state) == state.value
        assert STATUS.deserialize(state.value) is state
    assert STATUS.serialize("captured") == "captured"


class Another(StrEnum):
    CAPTURED = "captured!"


@pytest.mark.parametrize("value", ["", "CAPTURED", "paid", None, 1, CourseStatus.DRAFT, Another.CAPTURED])
def test_an_unknown_state_is_neither_written_nor_read(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid PaymentStatus"):
        STATUS.serialize(value)
    with pytest.raises(ValueError, match="is not a valid PaymentStatus"):
        STATUS.deserialize(value)


KIND: EnumUnionAttribute[HistoryKind] = EnumUnionAttribute(EvidenceKind, ChangeKind)


@pytest.mark.parametrize("member", [*EvidenceKind, *ChangeKind])
def test_enum_union_attribute_member_comes_back_as_itself(member: HistoryKind) -> None:
    assert KIND.serialize(member) == member.value
    assert KIND.deserialize(member.value) is member


@pytest.mark.parametrize("value", ["Captured", "order_created", "", None, 1, Source.ADMIN])
def test_enum_union_attribute_plain_string_is_not_written(value: Any) -> None:
    with pytest.raises(TypeError, match="is no member of EvidenceKind or ChangeKind"):
        KIND.serialize(value)


@pytest.mark.parametrize("value", ["CAPTURED", "", "admin", None])
def test_enum_union_attribute_unknown_stored_value_is_not_read(value: Any) -> None:
    with pytest.raises(ValueError, match="is no value of EvidenceKind or ChangeKind"):
        KIND.deserialize(value)
