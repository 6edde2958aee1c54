"""Items are made, read and written as PynamoDB does it, only faster."""

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

from cli._situations import NOW, ORDER_ID, PAYMENT_ID, make_enrollment, make_payment
from shared.db import keys
from shared.db.attributes import EnumAttribute, EnumUnionAttribute, IntAttribute, TimeAttribute
from shared.db.base import KINDS, Item
from shared.db.entities import AuditEntry, InstructorCourse, Outline, Payment, Progress
from shared.db.keys import Key
from shared.lifecycle import EnrollmentStatus, PaymentStatus, StatusReason

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
    "ticks": Progress.build(keys.progress("usr_1", "crs_1"), course_id="crs_1", completed={"l1"}, positions={"l2": 7}),
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


def as_pynamodb(kind: type[Item], raw: dict[str, Any]) -> Item:
    read: Any = Model.from_raw_data
    item: Item = read.__func__(kind, raw)
    return item


def plain(item: Item) -> dict[str, Any]:
    values = item.attribute_values.items()
    return {name: value.as_dict() if isinstance(value, MapAttribute) else value for name, value in values}


@pytest.mark.parametrize("name", ITEMS)
def test_every_value_is_the_same(name: str) -> None:
    item = ITEMS[name]
    read = item.from_raw_data(item.serialize())
    assert type(read) is type(item)
    theirs = as_pynamodb(type(item), item.serialize())
    assert plain(read) == plain(theirs)
    assert {key: type(value) for key, value in read.attribute_values.items()} == {
        key: type(value) for key, value in theirs.attribute_values.items()
    }
    assert read.serialize() == item.serialize() == item._container_serialize()
    assert list(read.serialize()) == list(item._container_serialize())
    assert plain(type(item)(**item.attribute_values)) == plain(item)


def sample(attribute: Any) -> Any:
    """Something that may be stored in it."""
    if isinstance(attribute, EnumAttribute):
        return next(iter(attribute.kind))
    if isinstance(attribute, EnumUnionAttribute):
        return next(iter(attribute.kinds[-1]))
    return SAMPLES[type(attribute)]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_is_read_and_written_as_pynamodb_does(kind: type[Item]) -> None:
    item = kind(**{name: sample(attribute) for name, attribute in kind.get_attributes().items()})
    raw = item._container_serialize()
    assert item.serialize() == raw
    assert plain(kind.from_raw_data(raw)) == plain(as_pynamodb(kind, raw))


def test_what_is_missing_null_or_unknown() -> None:
    full = make_payment(PaymentStatus.PENDING).serialize()
    raw = {name: value for name, value in full.items() if name not in ("captured_amount", "refunds")}
    raw |= {"reason": {"NULL": True}, "of_newer_code": {"S": "x"}}
    read = Payment.from_raw_data(raw)
    assert plain(read) == plain(as_pynamodb(Payment, raw))
    assert plain(read).items() >= {"captured_amount": 0, "status": PaymentStatus.PENDING}.items()
    assert read.refunds.as_dict() == {}
    assert "reason" not in read.attribute_values


def test_a_default_is_not_shared() -> None:
    raw = {"kind": {"S": "payment"}}
    first, second = Payment.from_raw_data(raw), Payment.from_raw_data(raw)
    first.refunds["rfnd_1"] = {"amount": 1, "status": "pending"}
    assert second.refunds.as_dict() == {}


def test_a_stored_value_of_another_type_is_a_fault() -> None:
    with pytest.raises(AttributeDeserializationError):
        Payment.from_raw_data({**make_payment(PaymentStatus.PENDING).serialize(), "amount": {"S": "499"}})


def test_a_copy_goes_its_own_way() -> None:
    item = make_payment(PaymentStatus.PENDING)
    other = item.copy()
    other.status = PaymentStatus.CAPTURED
    assert (item.status, other.status, type(other)) == (PaymentStatus.PENDING, PaymentStatus.CAPTURED, Payment)
    assert {**plain(other), "status": PaymentStatus.PENDING} == plain(item)


def test_a_copy_has_what_was_read_beside_the_attributes() -> None:
    read = InstructorCourse.from_raw_data({"kind": {"S": "instructor_course"}, "gross_INR": {"N": "49900"}})
    assert read.copy().revenue == read.revenue
    assert read.revenue["INR"].gross == 49_900


@pytest.mark.parametrize("missing", ["order_id", "amount", "refunds"])
def test_an_item_that_lacks_something_is_not_written(missing: str) -> None:
    item = make_payment(PaymentStatus.PENDING)
    setattr(item, missing, None)
    with pytest.raises(AttributeNullError, match=missing):
        item.serialize()


def test_an_item_has_no_attribute_that_its_kind_does_not_know() -> None:
    with pytest.raises(ValueError, match="Payment has no amont"):
        Payment.build(keys.payment(ORDER_ID), amont=1)
