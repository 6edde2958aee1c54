"""F39, F43 to F45: money on its way back, and people who leave.

After each test every invariant is checked, and both ledgers are laid side by side (`sound`)."""

import pytest

from functions.payments import examine
from shared.db import keys, revocations
from shared.gateways import razorpay
from tests.api import Api
from tests.conftest import SETTINGS
from tests.dynamodb import interrupt
from tests.shop import PRICE, Shop
from tests.tampering import lose

pytestmark = pytest.mark.usefixtures("sound")


def buy(shop: Shop, learner: Api) -> str:
    order_id: str = shop.order(learner)["order_id"]
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    return order_id


def test_f39_a_refund_that_is_still_being_made_is_not_made_again(shop: Shop, student: Api, admin: Api) -> None:
    """The first call hangs at the gateway; its key is in progress, so the next one is told 409 and waits."""
    order_id = buy(shop, student)
    shop.control("POST", "faults", {"kind": "hang", "seconds": 600.0, "path": "/v1/payments/[^/]+/refund", "times": 1})
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    shop.time.pass_time(minutes=5)
    version = shop.payment(order_id).version
    assert shop.sweep() == {"deferred": 1}
    assert shop.payment(order_id).version == version
    assert shop.states(student, order_id) == ("refund_pending", "cancelled")
    shop.time.pass_time(minutes=6)
    assert razorpay._razorpay().session.get_adapter(SETTINGS["LMS_RAZORPAY_BASE_URL"]).deliver_late() == 1
    for _ in range(2):
        shop.sweep()
        shop.time.pass_time(minutes=16)
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    assert len(shop.gateway.ledger.refunds) == 1
    assert shop.control("GET", "books")["refunded"] == PRICE


def test_f43_who_withdraws_while_the_money_is_captured_has_the_course(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    interrupt(monkeypatch, lambda: shop.deliver("payment.captured"))
    reply = student.delete(f"/api/enrollments/{shop.course.course_id}")
    assert (reply.status, reply.code) == (409, "enrollment_paid")
    assert shop.states(student, order_id) == ("captured", "active")


def test_f43_money_that_is_captured_while_the_learner_withdraws_goes_back(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    interrupt(monkeypatch, lambda: shop.leave(student))
    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured")] == ["refund_due"]
    assert shop.states(student, order_id) == ("refund_pending", "cancelled")
    assert (shop.payment(order_id).reason, shop.enrollment(student).reason) == ("not_wanted", "withdrawn")
    again = shop.order(student)["order_id"]
    assert shop.verify(student, shop.pay(again)).json["enrollment"]["granted_by"] == again


def test_f44_who_is_suspended_keeps_what_was_paid_for(shop: Shop, student: Api, admin: Api) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id)
    reply = admin.patch(f"/api/users/{student.user_id}", {"status": "suspended", "reason": "under review"})
    assert reply.status == 200, reply.text
    revocations.clear_cache()
    assert shop.verify(student, checkout).status == 401
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")


def test_f44_the_money_of_a_user_who_is_gone_is_still_accounted_for(shop: Shop, student: Api, admin: Api) -> None:
    """The product deletes no user; if somebody does by hand, the money can still be settled and given back."""
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    lose(keys.user(student.user_id))
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, order_id) == ("captured", "active")
    assert student.post("/api/payments/create-order", {"course_id": shop.course.course_id}).status == 401
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "gone"}).status == 200
    for _ in range(2):
        shop.time.pass_time(minutes=16)
        shop.sweep()
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    assert shop.control("GET", "books")["refunded"] == PRICE


@pytest.mark.parametrize("part", [0, 10_000])
def test_f45_a_lost_dispute_ends_the_access_that_was_paid_with_it(
    shop: Shop, student: Api, admin: Api, part: int
) -> None:
    order_id = buy(shop, student)
    payment_id = shop.payment(order_id).payment_id
    if part:
        path, key = f"/api/payments/{order_id}/refund", {"Idempotency-Key": "part"}
        assert admin.post(path, {"reason": "a part", "amount": part}, headers=key).status == 200
        shop.time.pass_time(minutes=16)
        shop.sweep()
    for status in ("created", "under_review", "action_required"):
        shop.control("POST", f"payments/{payment_id}/dispute", {"status": status})
        assert {reply.status for reply in shop.deliver()} == {200}
        assert shop.states(student, order_id) == ("captured", "active")
    shop.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})
    assert [reply.json["outcome"] for reply in shop.deliver()] == ["refunded"]
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    stored = shop.payment(order_id)
    assert (stored.reason, stored.refunded_amount, stored.gsi2sk) == ("chargeback", PRICE, None)
    assert shop.enrollment(student).reason == "chargeback"
    assert shop.deliver(again=True)
    assert shop.payment(order_id).version == stored.version
    again = shop.order(student)["order_id"]
    assert shop.verify(student, shop.pay(again)).json["enrollment"]["granted_by"] == again


def test_f45_a_dispute_that_is_won_changes_nothing(shop: Shop, student: Api) -> None:
    order_id = buy(shop, student)
    payment_id = shop.payment(order_id).payment_id
    version = shop.payment(order_id).version
    for status in ("created", "under_review", "won"):
        shop.control("POST", f"payments/{payment_id}/dispute", {"status": status})
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, order_id) == ("captured", "active")
    assert shop.payment(order_id).version == version


def test_f40_a_refund_that_takes_days_is_waited_for_and_never_overdue(
    shop: Shop, student: Api, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look sets the next, later and later: else it would be due all the time, and keep the sweep from others."""
    monkeypatch.setattr(examine, "PAUSE_SECONDS", 0)
    order_id = buy(shop, student)
    shop.control("PATCH", "settings", {"refunds": "hold"})
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    looks = 0
    for minute in range(20, 2 * 24 * 60, 20):
        shop.time.pass_time(minutes=20)
        looks += "refund_refund_pending" in shop.sweep()
        if minute % 240 == 0:
            assert examine.check_invariants().breaches == []
    assert looks == 18
    assert shop.states(student, order_id) == ("refund_pending", "cancelled")
    [made] = shop.gateway.ledger.refunds
    shop.control("POST", f"refunds/{made}/process")
    shop.time.pass_time(days=1)
    shop.sweep()
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    assert shop.payment(order_id).gsi2sk is None
