"""F4, F5, F8 to F11, F13, F16, F18, F19, F21: what can come between a learner and an order, or the course.

After each test every invariant is checked, and both ledgers are laid side by side (`sound`)."""

from collections.abc import Callable

import pytest

from shared.config import SettingUnusable, settings
from shared.db import keys, store
from shared.db.entities import Course, Outline
from shared.gateways import razorpay
from tests.api import Api
from tests.conftest import fresh_settings
from tests.contents import contents
from tests.dynamodb import Killed, interrupt, killed
from tests.integration.test_payments_journey import change_price
from tests.shop import PRICE, Shop, stored_course

NewUser = Callable[..., Api]
BUY, ENROLL, VERIFY = "/api/payments/create-order", "/api/enrollments", "/api/payments/verify"
pytestmark = pytest.mark.usefixtures("sound")


def at_the_gateway(shop: Shop) -> list[str]:
    """Ids of its orders, oldest first."""
    return list(shop.gateway.ledger.orders)


def test_f4_a_function_killed_before_it_saved_its_order_is_asked_again(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents()
    with monkeypatch.context() as patched:
        interrupt(patched, killed)
        with pytest.raises(Killed):
            student.post(BUY, {"course_id": shop.course.course_id})
    [lost] = at_the_gateway(shop)
    assert contents() == before
    again = shop.order(student)["order_id"]
    assert at_the_gateway(shop) == [lost, again]
    shop.pay(again)
    shop.pay(lost)
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, again) == ("captured", "active")
    assert (shop.payment(lost).status, shop.payment(lost).reason) == ("refund_pending", "duplicate")


def test_f5_the_webhook_is_quicker_than_the_function_that_made_the_order(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def paid_at_once() -> None:
        shop.pay(at_the_gateway(shop)[0])
        assert {reply.status for reply in shop.deliver()} == {200}

    interrupt(monkeypatch, paid_at_once)
    reply = student.post(BUY, {"course_id": shop.course.course_id})
    assert (reply.status, reply.code) == (409, "enrollment_already_active")
    [order_id] = at_the_gateway(shop)
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).captured_amount == PRICE


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
    assert at_the_gateway(shop) == [order_id]


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
    assert at_the_gateway(shop) == []


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
    assert at_the_gateway(shop) == [order_id]


def test_f11_nobody_buys_their_own_course(shop: Shop, student: Api) -> None:
    mine = stored_course(student.user_id)
    before = contents()
    reply = student.post(BUY, {"course_id": mine.course_id})
    assert (reply.status, reply.code) == (409, "own_course")
    assert contents() == before
    assert at_the_gateway(shop) == []


def test_f13_the_browser_comes_back_after_the_webhook(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    shop.deliver()
    before = contents()
    reply = shop.verify(student, checkout)
    told = reply.json["payment"]["status"], reply.json["enrollment"]["status"], reply.json["enrollment"]["granted_by"]
    assert (reply.status, told) == (200, ("captured", "active", order_id))
    assert contents() == before


def test_f16_a_signature_for_another_order_or_payment_changes_nothing(
    shop: Shop, student: Api, new_user: NewUser
) -> None:
    other = new_user("student")
    second = stored_course(shop.course.instructor_id).course_id
    orders = [shop.order(student)["order_id"], shop.order(student, second)["order_id"], shop.order(other)["order_id"]]
    mine, mine_too, theirs = (shop.pay(each) for each in orders)
    before = contents()
    order, payment, signature = "razorpay_order_id", "razorpay_payment_id", "razorpay_signature"
    for foreign in (mine_too, theirs):
        for taken in ({signature}, {payment}, {order, payment} if foreign is mine_too else {payment}):
            crossed = {name: (foreign if name in taken else mine)[name] for name in (order, payment, signature)}
            reply = student.post(VERIFY, crossed)
            assert (reply.status, reply.code) == (400, "signature_invalid")
    swapped = {**mine, order: mine[payment].replace("pay_", "order_"), payment: mine[order].replace("order_", "pay_")}
    assert student.post(VERIFY, swapped).code == "order_not_found"
    assert student.post(VERIFY, theirs).code == "order_not_found"
    assert contents() == before
    assert student.post(VERIFY, mine).status == 200


def test_f18_the_checkout_of_a_superseded_order_opens_the_course(shop: Shop, student: Api) -> None:
    old = shop.order(student)["order_id"]
    change_price(shop, 59_900)
    new = shop.order(student)["order_id"]
    assert (shop.payment(old).status, shop.payment(old).reason) == ("failed", "superseded")
    reply = shop.verify(student, shop.pay(old))
    assert reply.json["enrollment"]["granted_by"] == old
    assert shop.states(student, old) == ("authorized", "active")
    assert shop.states(student, new) == ("pending", "active")
    reply = shop.verify(student, shop.pay(new))
    assert (reply.status, reply.json["enrollment"]["granted_by"]) == (200, old)
    shop.deliver()
    assert shop.states(student, old) == ("captured", "active")
    assert (shop.payment(new).status, shop.payment(new).reason) == ("refund_pending", "duplicate")


def test_f19_a_function_killed_after_its_commit_answers_the_same_when_asked_again(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        interrupt(patched, killed, after=True)
        with pytest.raises(Killed):
            student.post(BUY, {"course_id": shop.course.course_id})
    [order_id] = at_the_gateway(shop)
    opened = student.post(BUY, {"course_id": shop.course.course_id})
    assert (opened.status, opened.json["order_id"]) == (200, order_id)
    checkout = shop.pay(order_id)
    with monkeypatch.context() as patched:
        interrupt(patched, killed, after=True)
        with pytest.raises(Killed):
            shop.verify(student, checkout)
    before = contents()
    reply = shop.verify(student, checkout)
    assert (reply.status, reply.json["payment"]["status"]) == (200, "authorized")
    assert reply.json["enrollment"]["granted_by"] == order_id
    assert contents() == before
    with monkeypatch.context() as patched:
        interrupt(patched, killed, after=True)
        with pytest.raises(Killed):
            shop.deliver("payment.captured")
    before = contents()
    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured", again=True)] == ["known"]
    assert contents() == before
    assert shop.states(student, order_id) == ("captured", "active")


@pytest.mark.parametrize(
    ("stage", "key_id"), [("prod", "rzp_test_lectern0000001"), ("dev", "rzp_live_lectern0000001"), ("prod", "key_1")]
)
def test_f21_no_function_starts_with_the_key_of_another_world(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, stage: str, key_id: str
) -> None:
    before = contents()
    with monkeypatch.context() as patched:
        patched.setenv("LMS_STAGE", stage)
        patched.setenv("LMS_RAZORPAY_KEY_ID", key_id)
        fresh_settings()
        for begin in (settings, shop.sweep, lambda: razorpay.create_order(PRICE, "INR", "rcpt_1", {})):
            with pytest.raises(SettingUnusable, match="LMS_RAZORPAY_KEY_ID"):
                begin()
    fresh_settings()
    assert contents() == before
    assert at_the_gateway(shop) == []
