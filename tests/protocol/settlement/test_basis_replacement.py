"""A learner pays twice, and the first payment is only authorized: the captured one becomes the basis of access."""

import json

import pytest

from shared.db.entities import Outline
from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.stored_state import enrollment_history


@pytest.fixture
def authorized_and_paid_orders(shop: Storefront, student: Api) -> tuple[str, str]:
    """(an authorized order that granted the access, another order that is being paid)"""
    first = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=31)
    second = shop.create_order(student)["order_id"]
    shop.verify(student, shop.pay(first, "authorized"))
    shop.pay(second)
    assert shop.enrollment(student).granted_by == first
    return first, second


def test_capture_with_authorized_basis_replaces_it(
    shop: Storefront, student: Api, authorized_and_paid_orders: tuple[str, str]
) -> None:
    second = authorized_and_paid_orders[1]
    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured")] == ["granted"]
    assert (shop.payment(second).status, shop.enrollment(student).granted_by) == ("captured", second)
    assert enrollment_history(student, shop.course.course_id)[-1] == ("Captured", "webhook", {"granted_by": second})


def test_voided_authorization_after_basis_replacement_keeps_access(
    shop: Storefront, student: Api, authorized_and_paid_orders: tuple[str, str]
) -> None:
    first, second = authorized_and_paid_orders
    shop.deliver("payment.captured")
    shop.clock.advance(days=6)
    shop.gateway.tick()
    shop.sweep()
    assert (shop.payment(first).status, shop.payment(first).reason) == ("failed", "not_captured")
    assert shop.states(student, second) == ("captured", "active")


def test_authorization_captured_after_basis_replacement_is_refunded(
    shop: Storefront, student: Api, authorized_and_paid_orders: tuple[str, str]
) -> None:
    first, second = authorized_and_paid_orders
    shop.deliver("payment.captured")
    shop.clock.advance(minutes=15)
    shop.sweep()
    assert (shop.payment(first).status, shop.payment(first).reason) == ("refund_pending", "duplicate")
    assert shop.states(student, second) == ("captured", "active")


def test_capture_replacing_basis_keeps_completed_status(
    shop: Storefront, student: Api, authorized_and_paid_orders: tuple[str, str]
) -> None:
    outline = store.get(Outline, keys.outline(shop.course.course_id))
    assert outline
    for lesson in [each for part in outline.lessons.as_dict().values() for each in part]:
        student.put(f"/api/enrollments/{shop.course.course_id}/lessons/{lesson}", {"completed": True})
    shop.deliver("payment.captured")
    assert (shop.enrollment(student).status, shop.enrollment(student).granted_by) == (
        "completed",
        authorized_and_paid_orders[1],
    )


def test_capture_of_basis_racing_replacement_refunds_second_payment(
    shop: Storefront, student: Api, authorized_and_paid_orders: tuple[str, str], dynamodb: MemoryDynamoDb
) -> None:
    """The second payment is the duplicate then."""
    first, second = authorized_and_paid_orders
    payment_id = shop.payment(first).payment_id
    shop.control("POST", f"payments/{payment_id}/capture", {"amount": PRICE})
    mine = [event for event in shop.gateway.ledger.outbox.events.values() if event.type == "payment.captured"]
    by_order = {json.loads(event.body)["payload"]["payment"]["entity"]["order_id"]: event for event in mine}
    dynamodb.run_before("TransactWriteItems", lambda: shop.send(by_order[first]))
    assert shop.send(by_order[second]).json["outcome"] == "refund_due"
    assert (shop.payment(first).status, shop.enrollment(student).granted_by) == ("captured", first)
    assert (shop.payment(second).status, shop.payment(second).reason) == ("refund_pending", "duplicate")
