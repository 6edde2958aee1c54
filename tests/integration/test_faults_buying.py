"""F4, F5, F8 to F11: what can come between a learner and an order.

After each test every invariant is checked, and both ledgers are laid side by side (`sound`)."""

from collections.abc import Callable

import pytest

from shared.db import keys, store
from shared.db.entities import Course, Outline
from tests.api import Api
from tests.contents import contents
from tests.dynamodb import Killed, interrupt, killed
from tests.integration.test_concurrency import at_once
from tests.integration.test_payments_journey import change_price
from tests.shop import PRICE, Shop, stored_course

NewUser = Callable[..., Api]
BUY, ENROLL, VERIFY = "/api/payments/create-order", "/api/enrollments", "/api/payments/verify"
pytestmark = pytest.mark.usefixtures("sound")


def test_f4_a_function_killed_before_it_saved_its_order_is_asked_again(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents()
    with monkeypatch.context() as patched:
        interrupt(patched, killed)
        with pytest.raises(Killed):
            student.post(BUY, {"course_id": shop.course.course_id})
    [lost] = shop.orders()
    assert contents() == before
    again = shop.order(student)["order_id"]
    assert shop.orders() == [lost, again]
    shop.pay(again)
    shop.pay(lost)
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, again) == ("captured", "active")
    assert (shop.payment(lost).status, shop.payment(lost).reason) == ("refund_pending", "duplicate")


def test_f5_the_webhook_is_quicker_than_the_function_that_made_the_order(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def paid_at_once() -> None:
        shop.pay(shop.orders()[0])
        assert {reply.status for reply in shop.deliver()} == {200}

    interrupt(monkeypatch, paid_at_once)
    reply = student.post(BUY, {"course_id": shop.course.course_id})
    assert (reply.status, reply.code) == (409, "enrollment_already_active")
    [order_id] = shop.orders()
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).captured_amount == PRICE


def test_a_learner_who_gives_up_and_comes_back_from_many_tabs_has_one_order(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    withdraw = f"/api/enrollments/{shop.course.course_id}"

    def tab(number: int) -> tuple[int, str | None, str | None]:
        if number % 2:
            reply = student.delete(withdraw)
            return reply.status, reply.json.get("code"), None
        reply = student.post(BUY, {"course_id": shop.course.course_id})
        return reply.status, reply.json.get("code"), reply.json.get("order_id")

    told = set(at_once(tab, 16))
    busy = {(409, "enrollment_busy", None), (409, "order_busy", None)}
    assert (200, None, order_id) in told
    assert told <= {(200, None, order_id), (200, None, None), *busy}
    student.delete(withdraw)
    assert shop.order(student)["order_id"] == order_id
    assert shop.orders() == [order_id]
    shop.verify(student, shop.pay(order_id))
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")


@pytest.mark.parametrize("meanwhile", ["unpublished", "hidden", "archived"])
def test_f8_a_course_that_closes_stays_open_for_who_could_pay(
    shop: Shop, student: Api, admin: Api, new_user: NewUser, meanwhile: str
) -> None:
    instructor = new_user("instructor")
    course_id = stored_course(instructor.user_id).course_id
    order_id = shop.order(student, course_id)["order_id"]
    if meanwhile == "unpublished":
        assert instructor.post(f"/api/courses/{course_id}/unpublish").status == 200
    elif meanwhile == "hidden":
        hide = {"hidden": True, "reason": "looked at"}
        assert admin.patch(f"/api/courses/{course_id}/moderation", hide).status == 200
    else:
        store.update(Course, keys.course(course_id), [Course.status.set("archived")], Course.pk.exists())
    for late in (student, new_user("student")):
        assert late.post(BUY, {"course_id": course_id}).code == "course_not_found"
    assert shop.verify(student, shop.pay(order_id)).json["enrollment"]["status"] == "active"
    shop.deliver()
    assert shop.payment(order_id).status == "captured"
    assert student.get(f"/api/courses/{course_id}").status == 200
    assert shop.orders() == [order_id]


def test_f8_s12_a_course_somebody_may_pay_cannot_be_deleted(shop: Shop, student: Api, new_user: NewUser) -> None:
    instructor = new_user("instructor")
    course_id = stored_course(instructor.user_id).course_id
    order_id = shop.order(student, course_id)["order_id"]
    for minutes in (0, 31):
        shop.time.pass_time(minutes=minutes)
        shop.sweep()
        reply = instructor.delete(f"/api/courses/{course_id}")
        assert (reply.status, reply.code) == (409, "course_has_learners")
    shop.pay(order_id)
    shop.deliver()
    assert shop.enrollment(student, course_id).granted_by == order_id
    assert student.get(f"/api/courses/{course_id}").status == 200


def test_f9_a_free_course_that_gets_a_price_stays_free_for_its_learners(
    shop: Shop, student: Api, new_user: NewUser
) -> None:
    change_price(shop, 0)
    assert student.post(ENROLL, {"course_id": shop.course.course_id}).status == 201
    assert student.post(BUY, {"course_id": shop.course.course_id}).code == "enrollment_already_active"
    change_price(shop, PRICE)
    assert student.post(BUY, {"course_id": shop.course.course_id}).code == "enrollment_already_active"
    assert (shop.enrollment(student).status, shop.enrollment(student).granted_by) == ("active", "free")
    late = new_user("student")
    assert late.post(ENROLL, {"course_id": shop.course.course_id}).json["status"] == "pending"
    assert shop.orders() == []


@pytest.mark.parametrize("status", ["active", "completed"])
def test_f10_nothing_more_is_sold_to_who_has_the_course(shop: Shop, student: Api, status: str) -> None:
    order_id = shop.order(student)["order_id"]
    shop.verify(student, shop.pay(order_id))
    shop.deliver()
    if status == "completed":
        outline = store.get(Outline, keys.outline(shop.course.course_id))
        assert outline
        for lesson in outline.lesson_ids():
            path = f"/api/enrollments/{shop.course.course_id}/lessons/{lesson}"
            assert student.put(path, {"completed": True}).status == 200
    before = contents()
    for path in (BUY, ENROLL):
        reply = student.post(path, {"course_id": shop.course.course_id})
        assert (reply.status, reply.code) == (409, f"enrollment_already_{status}")
    assert contents() == before
    assert shop.orders() == [order_id]


def test_f11_nobody_buys_their_own_course(shop: Shop, student: Api) -> None:
    mine = stored_course(student.user_id)
    before = contents()
    reply = student.post(BUY, {"course_id": mine.course_id})
    assert (reply.status, reply.code) == (409, "own_course")
    assert contents() == before
    assert shop.orders() == []
