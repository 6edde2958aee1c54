"""Attributes accept values of one type and reject others."""

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest

from shared.db.table.attributes import EnumAttribute, EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.domain.lifecycle import CourseStatus, PaymentStatus
from shared.history_kinds import ChangeKind, EvidenceKind, HistoryKind, Source

INT, TIME, STATUS = IntAttribute(), TimeAttribute(), EnumAttribute(PaymentStatus)


@pytest.mark.parametrize("value", [0, 1, -1, 10**15])
def test_int_attribute_whole_number_round_trips(value: int) -> None:
    assert INT.deserialize(INT.serialize(value)) == value


@pytest.mark.parametrize("value", [10.5, 10.0, True, False, "1", None, b"1", [1], float("nan")])
def test_int_attribute_other_type_raises_type_error(value: Any) -> None:
    with pytest.raises(TypeError, match="is not an int"):
        INT.serialize(value)


def test_time_attribute_aware_datetime_is_stored_as_sortable_utc_text() -> None:
    at = datetime(2026, 11, 23, 12, 0, 0, 123_000, tzinfo=UTC)
    assert TIME.serialize(at) == "2026-11-23T12:00:00.123Z"
    assert TIME.deserialize("2026-11-23T12:00:00.123Z") == at
    india = at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert TIME.serialize(india) == TIME.serialize(at)
    assert TIME.serialize(at) < TIME.serialize(at + timedelta(milliseconds=1)) < TIME.serialize(at + timedelta(days=40))


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), date(2026, 1, 1), "2026-01-01T00:00:00.000Z", 1.0, None])  # noqa: DTZ001
def test_time_attribute_other_type_raises_type_error(value: Any) -> None:
    with pytest.raises(TypeError, match="is not an aware datetime"):
        TIME.serialize(value)


@pytest.mark.parametrize("stored", ["", "2026-01-01", "2026-01-01T00:00:00+00:00", "yesterday"])
def test_time_attribute_unparsable_text_raises_value_error(stored: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        TIME.deserialize(stored)


def test_enum_attribute_every_status_round_trips() -> None:
    for state in PaymentStatus:
        assert STATUS.serialize(state) == state.value
        assert STATUS.deserialize(state.value) is state
    assert STATUS.serialize("captured") == "captured"


class OtherStatus(StrEnum):
    CAPTURED = "captured!"


@pytest.mark.parametrize("value", ["", "CAPTURED", "paid", None, 1, CourseStatus.DRAFT, OtherStatus.CAPTURED])
def test_enum_attribute_unknown_value_raises_value_error(value: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid PaymentStatus"):
        STATUS.serialize(value)
    with pytest.raises(ValueError, match="is not a valid PaymentStatus"):
        STATUS.deserialize(value)


KIND: EnumUnionAttribute[HistoryKind] = EnumUnionAttribute(EvidenceKind, ChangeKind)


@pytest.mark.parametrize("member", [*EvidenceKind, *ChangeKind])
def test_enum_union_attribute_every_member_round_trips(member: HistoryKind) -> None:
    assert KIND.serialize(member) == member.value
    assert KIND.deserialize(member.value) is member


@pytest.mark.parametrize("value", ["Captured", "order_created", "", None, 1, Source.ADMIN])
def test_enum_union_attribute_plain_string_raises_type_error(value: Any) -> None:
    with pytest.raises(TypeError, match="is no member of EvidenceKind or ChangeKind"):
        KIND.serialize(value)


@pytest.mark.parametrize("value", ["CAPTURED", "", "admin", None])
def test_enum_union_attribute_unknown_stored_value_raises_value_error(value: Any) -> None:
    with pytest.raises(ValueError, match="is no value of EvidenceKind or ChangeKind"):
        KIND.deserialize(value)
