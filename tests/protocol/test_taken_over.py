"""A learner pays twice, and the first money is only reserved: the course rests on the money that is here."""

import json

import pytest

from shared.db import keys, store
from shared.db.entities import Outline
from tests.api import Api
from tests.protocol.memory import Memory
from tests.protocol.read_back import enrollment_steps
from tests.shop import PRICE, Shop


@pytest.fixture
def orders(shop: Shop, student: Api) -> tuple[str, str]:
    """(reserved, and the access rests on it; another one, which is being paid)."""
    first = shop.order(student)["order_id"]
    shop.time.pass_time(minutes=31)
    second = shop.order(student)["order_id"]
    shop.verify(student, shop.pay(first, "authorized"))
    shop.pay(second)
    assert shop.enrollment(student).granted_by == first
    return first, second


def test_the_captured_one_takes_the_access_over(shop: Shop, student: Api, orders: tuple[str, str]) -> None:
    second = orders[1]
    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured")] == ["granted"]
    assert (shop.payment(second).status, shop.enrollment(student).granted_by) == ("captured", second)
    assert enrollment_steps(student, shop.course.course_id)[-1] == ("Captured", "webhook", {"granted_by": second})


def test_the_course_stays_when_the_reserved_money_goes_back(shop: Shop, student: Api, orders: tuple[str, str]) -> None:
    first, second = orders
    shop.deliver("payment.captured")
    shop.time.pass_time(days=6)
    shop.gateway.tick()
    shop.sweep()
    assert (shop.payment(first).status, shop.payment(first).reason) == ("failed", "not_captured")
    assert shop.states(student, second) == ("captured", "active")


def test_the_reserved_money_goes_back_should_it_be_captured(shop: Shop, student: Api, orders: tuple[str, str]) -> None:
    first, second = orders
    shop.deliver("payment.captured")
    shop.time.pass_time(minutes=15)
    shop.sweep()
    assert (shop.payment(first).status, shop.payment(first).reason) == ("refund_pending", "duplicate")
    assert shop.states(student, second) == ("captured", "active")


def test_a_completed_course_stays_completed(shop: Shop, student: Api, orders: tuple[str, str]) -> None:
    outline = store.get(Outline, keys.outline(shop.course.course_id))
    assert outline
    for lesson in [each for part in outline.lessons.as_dict().values() for each in part]:
        student.put(f"/api/enrollments/{shop.course.course_id}/lessons/{lesson}", {"completed": True})
    shop.deliver("payment.captured")
    assert (shop.enrollment(student).status, shop.enrollment(student).granted_by) == ("completed", orders[1])


def test_the_first_may_be_captured_in_the_same_moment(
    shop: Shop, student: Api, orders: tuple[str, str], memory: Memory
) -> None:
    """Then it is the second that was paid twice."""
    first, second = orders
    payment_id = shop.payment(first).payment_id
    shop.control("POST", f"payments/{payment_id}/capture", {"amount": PRICE})
    mine = [event for event in shop.gateway.ledger.outbox.events.values() if event.type == "payment.captured"]
    by_order = {json.loads(event.body)["payload"]["payment"]["entity"]["order_id"]: event for event in mine}
    memory.before("TransactWriteItems", lambda: shop.send(by_order[first]))
    assert shop.send(by_order[second]).json["outcome"] == "refund_due"
    assert (shop.payment(first).status, shop.enrollment(student).granted_by) == ("captured", first)
    assert (shop.payment(second).status, shop.payment(second).reason) == ("refund_pending", "duplicate")
