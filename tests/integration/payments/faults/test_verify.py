"""F13, F16, F18, F19, F21: failures between a payment and the access to the course.

After each test `consistent_ledgers` checks every invariant and compares both ledgers."""

from collections.abc import Callable

import pytest

from shared.config import SettingUnusable, settings
from shared.gateways import razorpay
from tests.conftest import reset_settings
from tests.fixtures.api import Api
from tests.fixtures.dynamodb_faults import ProcessKilled, kill_process, run_at_next_write
from tests.fixtures.storefront import PRICE, Storefront, put_published_course
from tests.fixtures.table_snapshot import snapshot
from tests.integration.payments.test_purchase import change_price

NewUser = Callable[..., Api]
CREATE_ORDER, VERIFY = "/api/payments/create-order", "/api/payments/verify"
pytestmark = pytest.mark.usefixtures("consistent_ledgers")


def test_f13_verify_after_webhook_returns_200_and_writes_nothing(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    shop.deliver()
    before = snapshot()
    reply = shop.verify(student, checkout)
    states = reply.json["payment"]["status"], reply.json["enrollment"]["status"], reply.json["enrollment"]["granted_by"]
    assert (reply.status, states) == (200, ("captured", "active", order_id))
    assert snapshot() == before


def test_f16_verify_with_signature_of_another_order_returns_400_or_404(
    shop: Storefront, student: Api, new_user: NewUser
) -> None:
    other = new_user("student")
    second = put_published_course(shop.course.instructor_id).course_id
    orders = [
        shop.create_order(student)["order_id"],
        shop.create_order(student, second)["order_id"],
        shop.create_order(other)["order_id"],
    ]
    own, own_second, other_learners = (shop.pay(each) for each in orders)
    before = snapshot()
    order, payment, signature = "razorpay_order_id", "razorpay_payment_id", "razorpay_signature"
    for foreign in (own_second, other_learners):
        for crossed_fields in ({signature}, {payment}, {order, payment} if foreign is own_second else {payment}):
            crossed = {name: (foreign if name in crossed_fields else own)[name] for name in (order, payment, signature)}
            reply = student.post(VERIFY, crossed)
            assert (reply.status, reply.code) == (400, "signature_invalid")
    swapped = {**own, order: own[payment].replace("pay_", "order_"), payment: own[order].replace("order_", "pay_")}
    assert student.post(VERIFY, swapped).code == "order_not_found"
    assert student.post(VERIFY, other_learners).code == "order_not_found"
    assert snapshot() == before
    assert student.post(VERIFY, own).status == 200


def test_f18_verify_for_superseded_order_opens_course_and_newer_is_duplicate(shop: Storefront, student: Api) -> None:
    old = shop.create_order(student)["order_id"]
    change_price(shop, 59_900)
    new = shop.create_order(student)["order_id"]
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


def test_f19_crash_after_commit_gives_same_response_on_retry(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        run_at_next_write(patched, kill_process, after=True)
        with pytest.raises(ProcessKilled):
            student.post(CREATE_ORDER, {"course_id": shop.course.course_id})
    [order_id] = shop.gateway_order_ids()
    opened = student.post(CREATE_ORDER, {"course_id": shop.course.course_id})
    assert (opened.status, opened.json["order_id"]) == (200, order_id)
    checkout = shop.pay(order_id)
    with monkeypatch.context() as patched:
        run_at_next_write(patched, kill_process, after=True)
        with pytest.raises(ProcessKilled):
            shop.verify(student, checkout)
    before = snapshot()
    reply = shop.verify(student, checkout)
    assert (reply.status, reply.json["payment"]["status"]) == (200, "authorized")
    assert reply.json["enrollment"]["granted_by"] == order_id
    assert snapshot() == before
    with monkeypatch.context() as patched:
        run_at_next_write(patched, kill_process, after=True)
        with pytest.raises(ProcessKilled):
            shop.deliver("payment.captured")
    before = snapshot()
    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured", redeliver=True)] == ["no_change"]
    assert snapshot() == before
    assert shop.states(student, order_id) == ("captured", "active")


@pytest.mark.parametrize(
    ("stage", "key_id"), [("prod", "rzp_test_lectern0000001"), ("dev", "rzp_live_lectern0000001"), ("prod", "key_1")]
)
def test_f21_settings_with_key_of_other_mode_fail_at_start(
    shop: Storefront, monkeypatch: pytest.MonkeyPatch, stage: str, key_id: str
) -> None:
    before = snapshot()
    with monkeypatch.context() as patched:
        patched.setenv("LMS_STAGE", stage)
        patched.setenv("LMS_RAZORPAY_KEY_ID", key_id)
        reset_settings()
        for begin in (settings, shop.sweep, lambda: razorpay.create_order(PRICE, "INR", "rcpt_1", {})):
            with pytest.raises(SettingUnusable, match="LMS_RAZORPAY_KEY_ID"):
                begin()
    reset_settings()
    assert snapshot() == before
    assert shop.gateway_order_ids() == []
