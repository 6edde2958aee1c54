"""Items: our faster code builds, reads and serializes them with the same results as PynamoDB's own code."""

from enum import Enum
from typing import Any

import pytest
from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import AttributeDeserializationError, AttributeNullError
from pynamodb.models import Model

from cli._payment_matrix import NOW, ORDER_ID, PAYMENT_ID, make_enrollment, make_payment
from shared.db.entities import AuditEntry, InstructorCourse, Outline, Payment, Progress
from shared.db.table import keys
from shared.db.table.attributes import EnumAttribute, EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.db.table.base import KINDS, Item
from shared.db.table.keys import Key
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason

OUTLINE = Outline.build(
    keys.outline("crs_1"), course_id="crs_1", sections=["s"], lessons={"s": ["l1", "l2"]}, lesson_count=2, version=1
)
ITEMS = {
    "a payment": make_payment(PaymentStatus.PENDING),
    "with maps and lists": make_payment(
        PaymentStatus.CAPTURED,
        refunds={"rfnd_1": {"amount": 100, "status": "processed"}},
        refund_requests={"all": {"amount": 100, "refund_id": ""}},
        returned_payment_ids=[PAYMENT_ID],
        reason=StatusReason.REQUESTED,
    ),
    "an enrollment": make_enrollment(EnrollmentStatus.ACTIVE, granted_by=ORDER_ID),
    "an outline": OUTLINE,
    "an audit entry": AuditEntry.build(
        Key("AUDIT#2026-11", "1"),
        admin_id="usr_1",
        action="course.hide",
        subject="crs_1",
        reason="spam",
        at=NOW,
        before={"hidden": False},
        after={"hidden": True},
    ),
    "progress": Progress.build(
        keys.progress("usr_1", "crs_1"), course_id="crs_1", completed={"l1"}, positions={"l2": 7}
    ),
}

SAMPLES: dict[type, Any] = {
    UnicodeAttribute: "x",
    UnicodeSetAttribute: {"x", "y"},
    BooleanAttribute: True,
    IntAttribute: 7,
    TimeAttribute: NOW,
    ListAttribute: ["x", "y"],
    MapAttribute: {"x": 1},
    JSONAttribute: {"x": [1]},
}


def read_with_pynamodb(kind: type[Item], raw: dict[str, Any]) -> Item:
    read: Any = Model.from_raw_data
    item: Item = read.__func__(kind, raw)
    return item


def plain_values(item: Item) -> dict[str, Any]:
    values = item.attribute_values.items()
    return {name: value.as_dict() if isinstance(value, MapAttribute) else value for name, value in values}


@pytest.mark.parametrize("name", ITEMS)
def test_item_sample_round_trip_matches_pynamodb(name: str) -> None:
    item = ITEMS[name]
    read = item.from_raw_data(item.serialize())
    assert type(read) is type(item)
    expected = read_with_pynamodb(type(item), item.serialize())
    assert plain_values(read) == plain_values(expected)
    assert {key: type(value) for key, value in read.attribute_values.items()} == {
        key: type(value) for key, value in expected.attribute_values.items()
    }
    assert read.serialize() == item.serialize() == item._container_serialize()
    assert list(read.serialize()) == list(item._container_serialize())
    assert plain_values(type(item)(**item.attribute_values)) == plain_values(item)


def sample_value(attribute: Any) -> Any:
    """A value that the attribute accepts."""
    if isinstance(attribute, EnumAttribute):
        kind: type[Enum] = attribute.kind
        return next(iter(kind))
    if isinstance(attribute, EnumUnionAttribute):
        last_kind: type[Enum] = attribute.kinds[-1]
        return next(iter(last_kind))
    return SAMPLES[type(attribute)]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_item_every_kind_is_read_and_written_like_pynamodb(kind: type[Item]) -> None:
    item = kind(**{name: sample_value(attribute) for name, attribute in kind.get_attributes().items()})
    raw = item._container_serialize()
    assert item.serialize() == raw
    assert plain_values(kind.from_raw_data(raw)) == plain_values(read_with_pynamodb(kind, raw))


def test_item_missing_null_or_unknown_attributes_are_read_like_pynamodb() -> None:
    full = make_payment(PaymentStatus.PENDING).serialize()
    raw = {name: value for name, value in full.items() if name not in ("captured_amount", "refunds")}
    raw |= {"reason": {"NULL": True}, "of_newer_code": {"S": "x"}}
    read = Payment.from_raw_data(raw)
    assert plain_values(read) == plain_values(read_with_pynamodb(Payment, raw))
    assert plain_values(read).items() >= {"captured_amount": 0, "status": PaymentStatus.PENDING}.items()
    assert read.refunds.as_dict() == {}
    assert "reason" not in read.attribute_values


def test_item_default_value_is_not_shared() -> None:
    raw = {"kind": {"S": "payment"}}
    first, second = Payment.from_raw_data(raw), Payment.from_raw_data(raw)
    first.refunds["rfnd_1"] = {"amount": 1, "status": "pending"}
    assert second.refunds.as_dict() == {}


def test_item_stored_value_of_wrong_type_raises_deserialization_error() -> None:
    with pytest.raises(AttributeDeserializationError):
        Payment.from_raw_data({**make_payment(PaymentStatus.PENDING).serialize(), "amount": {"S": "499"}})


def test_item_copy_change_leaves_original_unchanged() -> None:
    item = make_payment(PaymentStatus.PENDING)
    other = item.copy()
    other.status = PaymentStatus.CAPTURED
    assert (item.status, other.status, type(other)) == (PaymentStatus.PENDING, PaymentStatus.CAPTURED, Payment)
    assert {**plain_values(other), "status": PaymentStatus.PENDING} == plain_values(item)


def test_item_copy_keeps_values_read_outside_declared_attributes() -> None:
    read = InstructorCourse.from_raw_data({"kind": {"S": "instructor_course"}, "gross_INR": {"N": "49900"}})
    assert read.copy().revenue == read.revenue
    assert read.revenue["INR"].gross == 49_900


@pytest.mark.parametrize("missing", ["order_id", "amount", "refunds"])
def test_item_missing_required_attribute_raises_null_error(missing: str) -> None:
    item = make_payment(PaymentStatus.PENDING)
    setattr(item, missing, None)
    with pytest.raises(AttributeNullError, match=missing):
        item.serialize()


def test_item_unknown_attribute_name_raises_value_error() -> None:
    with pytest.raises(ValueError, match="Payment has no amont"):
        Payment.build(keys.payment(ORDER_ID), amont=1)
