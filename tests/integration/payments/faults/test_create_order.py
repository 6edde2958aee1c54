"""F4, F5, F8 to F11: failures and concurrent changes while an order is created.

After each test `consistent_ledgers` checks every invariant and compares both ledgers."""

from collections.abc import Callable

import pytest

from shared.db.entities import Course, Outline
from shared.db.table import keys, store
from shared.domain.lifecycle import CourseStatus
from tests.fixtures.api import Api
from tests.fixtures.dynamodb_faults import ProcessKilled, kill_process, run_at_next_write
from tests.fixtures.storefront import PRICE, Storefront, put_published_course
from tests.fixtures.table_snapshot import snapshot
from tests.integration.payments.test_concurrency import run_concurrently
from tests.integration.payments.test_purchase import change_price

NewUser = Callable[..., Api]
CREATE_ORDER, ENROLL, VERIFY = "/api/payments/create-order", "/api/enrollments", "/api/payments/verify"
pytestmark = pytest.mark.usefixtures("consistent_ledgers")


def test_f4_create_order_crash_before_save_stores_nothing_and_retry_succeeds(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot()
    with monkeypatch.context() as patched:
        run_at_next_write(patched, kill_process)
        with pytest.raises(ProcessKilled):
            student.post(CREATE_ORDER, {"course_id": shop.course.course_id})
    [lost] = shop.gateway_order_ids()
    assert snapshot() == before
    again = shop.create_order(student)["order_id"]
    assert shop.gateway_order_ids() == [lost, again]
    shop.pay(again)
    shop.pay(lost)
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, again) == ("captured", "active")
    assert (shop.payment(lost).status, shop.payment(lost).reason) == ("refund_pending", "duplicate")


def test_f5_webhook_before_order_row_is_adopted_and_create_order_returns_409(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def paid_at_once() -> None:
        shop.pay(shop.gateway_order_ids()[0])
        assert {reply.status for reply in shop.deliver()} == {200}

    run_at_next_write(monkeypatch, paid_at_once)
    reply = student.post(CREATE_ORDER, {"course_id": shop.course.course_id})
    assert (reply.status, reply.code) == (409, "enrollment_already_active")
    [order_id] = shop.gateway_order_ids()
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).captured_amount == PRICE


def test_create_order_and_withdraw_from_many_tabs_reuse_one_order(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    withdraw = f"/api/enrollments/{shop.course.course_id}"

    def tab(number: int) -> tuple[int, str | None, str | None]:
        if number % 2:
            reply = student.delete(withdraw)
            return reply.status, reply.json.get("code"), None
        reply = student.post(CREATE_ORDER, {"course_id": shop.course.course_id})
        return reply.status, reply.json.get("code"), reply.json.get("order_id")

    responses = set(run_concurrently(tab, 16))
    busy = {(409, "enrollment_busy", None), (409, "order_busy", None)}
    assert (200, None, order_id) in responses
    assert responses <= {(200, None, order_id), (200, None, None), *busy}
    student.delete(withdraw)
    assert shop.create_order(student)["order_id"] == order_id
    assert shop.gateway_order_ids() == [order_id]
    shop.verify(student, shop.pay(order_id))
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")


@pytest.mark.parametrize("meanwhile", ["unpublished", "hidden", "archived"])
def test_f8_course_closed_during_open_order_opens_for_that_payer_only(
    shop: Storefront, student: Api, admin: Api, new_user: NewUser, meanwhile: str
) -> None:
    instructor = new_user("instructor")
    course_id = put_published_course(instructor.user_id).course_id
    order_id = shop.create_order(student, course_id)["order_id"]
    if meanwhile == "unpublished":
        assert instructor.post(f"/api/courses/{course_id}/unpublish").status == 200
    elif meanwhile == "hidden":
        hide = {"hidden": True, "reason": "under review"}
        assert admin.patch(f"/api/courses/{course_id}/moderation", hide).status == 200
    else:
        store.update(Course, keys.course(course_id), [Course.status.set(CourseStatus.ARCHIVED)], Course.pk.exists())
    for late in (student, new_user("student")):
        assert late.post(CREATE_ORDER, {"course_id": course_id}).code == "course_not_found"
    assert shop.verify(student, shop.pay(order_id)).json["enrollment"]["status"] == "active"
    shop.deliver()
    assert shop.payment(order_id).status == "captured"
    assert student.get(f"/api/courses/{course_id}").status == 200
    assert shop.gateway_order_ids() == [order_id]


def test_f8_s12_delete_course_with_payable_order_returns_409(shop: Storefront, student: Api, new_user: NewUser) -> None:
    instructor = new_user("instructor")
    course_id = put_published_course(instructor.user_id).course_id
    order_id = shop.create_order(student, course_id)["order_id"]
    for minutes in (0, 31):
        shop.clock.advance(minutes=minutes)
        shop.sweep()
        reply = instructor.delete(f"/api/courses/{course_id}")
        assert (reply.status, reply.code) == (409, "course_has_learners")
    shop.pay(order_id)
    shop.deliver()
    assert shop.enrollment(student, course_id).granted_by == order_id
    assert student.get(f"/api/courses/{course_id}").status == 200


def test_f9_free_enrollment_stays_active_when_course_gets_a_price(
    shop: Storefront, student: Api, new_user: NewUser
) -> None:
    change_price(shop, 0)
    assert student.post(ENROLL, {"course_id": shop.course.course_id}).status == 201
    assert student.post(CREATE_ORDER, {"course_id": shop.course.course_id}).code == "enrollment_already_active"
    change_price(shop, PRICE)
    assert student.post(CREATE_ORDER, {"course_id": shop.course.course_id}).code == "enrollment_already_active"
    assert (shop.enrollment(student).status, shop.enrollment(student).granted_by) == ("active", "free")
    late = new_user("student")
    assert late.post(ENROLL, {"course_id": shop.course.course_id}).json["status"] == "pending"
    assert shop.gateway_order_ids() == []


@pytest.mark.parametrize("status", ["active", "completed"])
def test_f10_create_order_for_enrolled_learner_returns_409_and_creates_no_order(
    shop: Storefront, student: Api, status: str
) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.verify(student, shop.pay(order_id))
    shop.deliver()
    if status == "completed":
        outline = store.get(Outline, keys.outline(shop.course.course_id))
        assert outline
        for lesson in outline.lesson_ids():
            path = f"/api/enrollments/{shop.course.course_id}/lessons/{lesson}"
            assert student.put(path, {"completed": True}).status == 200
    before = snapshot()
    for path in (CREATE_ORDER, ENROLL):
        reply = student.post(path, {"course_id": shop.course.course_id})
        assert (reply.status, reply.code) == (409, f"enrollment_already_{status}")
    assert snapshot() == before
    assert shop.gateway_order_ids() == [order_id]


def test_f11_create_order_for_own_course_returns_409_and_creates_no_order(shop: Storefront, student: Api) -> None:
    own_course = put_published_course(student.user_id)
    before = snapshot()
    reply = student.post(CREATE_ORDER, {"course_id": own_course.course_id})
    assert (reply.status, reply.code) == (409, "own_course")
    assert snapshot() == before
    assert shop.gateway_order_ids() == []
