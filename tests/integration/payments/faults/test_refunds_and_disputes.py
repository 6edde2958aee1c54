"""F39, F43 to F45, F59: refunds, withdrawals, disputes, and users who are suspended or deleted.

After each test `consistent_ledgers` checks every invariant and compares both ledgers."""

from collections.abc import Callable

import pytest

from functions.dashboards.recount import compare
from functions.payments.invariants import check, confirmation
from shared.db.auth import revocations
from shared.db.table import keys
from shared.gateways import razorpay
from tests.conftest import SETTINGS
from tests.fixtures.api import Api
from tests.fixtures.corruption import delete_item
from tests.fixtures.dynamodb_faults import run_at_next_write
from tests.fixtures.storefront import PRICE, Storefront

pytestmark = pytest.mark.usefixtures("consistent_ledgers")


def buy(shop: Storefront, learner: Api) -> str:
    order_id: str = shop.create_order(learner)["order_id"]
    shop.verify(learner, shop.pay(order_id))
    shop.deliver()
    return order_id


def test_f39_refund_with_key_in_progress_is_deferred_and_made_once(shop: Storefront, student: Api, admin: Api) -> None:
    """The first call hangs at the gateway. Its key is in progress, so the next call gets a 409 and is deferred."""
    order_id = buy(shop, student)
    shop.control("POST", "faults", {"kind": "hang", "seconds": 600.0, "path": "/v1/payments/[^/]+/refund", "times": 1})
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    shop.clock.advance(minutes=5)
    version = shop.payment(order_id).version
    assert shop.sweep() == {"deferred": 1}
    assert shop.payment(order_id).version == version
    assert shop.states(student, order_id) == ("refund_pending", "cancelled")
    shop.clock.advance(minutes=6)
    assert razorpay._razorpay().session.get_adapter(SETTINGS["LMS_RAZORPAY_BASE_URL"]).process_delayed_requests() == 1
    for _ in range(2):
        shop.sweep()
        shop.clock.advance(minutes=16)
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    assert len(shop.gateway.ledger.refunds) == 1
    assert shop.control("GET", "statement")["refunded"] == PRICE


def test_f43_withdraw_racing_earlier_capture_returns_409_and_keeps_course(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    run_at_next_write(monkeypatch, lambda: shop.deliver("payment.captured"))
    reply = student.delete(f"/api/enrollments/{shop.course.course_id}")
    assert (reply.status, reply.code) == (409, "enrollment_paid")
    assert shop.states(student, order_id) == ("captured", "active")


def test_f43_capture_racing_earlier_withdrawal_becomes_refund_pending(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    run_at_next_write(monkeypatch, lambda: shop.withdraw(student))
    assert [reply.json["outcome"] for reply in shop.deliver("payment.captured")] == ["refund_due"]
    assert shop.states(student, order_id) == ("refund_pending", "cancelled")
    assert (shop.payment(order_id).reason, shop.enrollment(student).reason) == ("not_wanted", "withdrawn")
    again = shop.create_order(student)["order_id"]
    assert shop.verify(student, shop.pay(again)).json["enrollment"]["granted_by"] == again


def test_f44_suspended_user_keeps_the_paid_course(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id)
    reply = admin.patch(f"/api/users/{student.user_id}", {"status": "suspended", "reason": "under review"})
    assert reply.status == 200, reply.text
    revocations.clear_cache()
    assert shop.verify(student, checkout).status == 401
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")


def test_f44_payment_of_deleted_user_is_settled_and_refundable(shop: Storefront, student: Api, admin: Api) -> None:
    """The platform deletes no user. If one is deleted from the table, its payment is still settled and refundable."""
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    delete_item(keys.user(student.user_id))
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, order_id) == ("captured", "active")
    assert student.post("/api/payments/create-order", {"course_id": shop.course.course_id}).status == 401
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "gone"}).status == 200
    for _ in range(2):
        shop.clock.advance(minutes=16)
        shop.sweep()
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    assert shop.control("GET", "statement")["refunded"] == PRICE


@pytest.mark.parametrize("part", [0, 10_000])
def test_f45_lost_dispute_ends_access_as_chargeback_and_allows_rebuying(
    shop: Storefront, student: Api, admin: Api, part: int
) -> None:
    order_id = buy(shop, student)
    payment_id = shop.payment(order_id).payment_id
    if part:
        path, key = f"/api/payments/{order_id}/refund", {"Idempotency-Key": "part"}
        assert admin.post(path, {"reason": "a part", "amount": part}, headers=key).status == 200
        shop.clock.advance(minutes=16)
        shop.sweep()
    for status in ("created", "under_review", "action_required"):
        shop.control("POST", f"payments/{payment_id}/dispute", {"status": status})
        assert {reply.status for reply in shop.deliver()} == {200}
        assert shop.states(student, order_id) == ("captured", "active")
    shop.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})
    assert [reply.json["outcome"] for reply in shop.deliver()] == ["refunded"]
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    stored = shop.payment(order_id)
    assert (stored.reason, stored.refunded_amount) == ("chargeback", PRICE)
    assert shop.enrollment(student).reason == "chargeback"
    assert shop.deliver(redeliver=True)
    assert shop.payment(order_id).version == stored.version
    shop.clock.advance(minutes=16)
    shop.sweep()
    assert shop.payment(order_id).gsi2sk is None, "after one more poll of the refunds"
    again = shop.create_order(student)["order_id"]
    assert shop.verify(student, shop.pay(again)).json["enrollment"]["granted_by"] == again


def test_f45_won_dispute_changes_no_money_and_no_access(shop: Storefront, student: Api) -> None:
    order_id = buy(shop, student)
    payment_id = shop.payment(order_id).payment_id
    enrolled = shop.enrollment(student).version
    for status in ("created", "under_review", "won"):
        shop.control("POST", f"payments/{payment_id}/dispute", {"status": status})
    assert {reply.status for reply in shop.deliver()} == {200}
    assert shop.states(student, order_id) == ("captured", "active")
    assert (shop.payment(order_id).refunded_amount, shop.enrollment(student).version) == (0, enrolled)


def test_f59_deduction_at_onset_lowers_revenue_until_the_dispute_is_won(
    shop: Storefront, student: Api, admin: Api, run_projector: Callable[[], int]
) -> None:
    order_id = buy(shop, student)
    payment_id = shop.payment(order_id).payment_id
    revenue = []
    for status, deducted in (("under_review", PRICE), ("won", 0)):
        shop.clock.advance(days=40)
        shop.control("POST", f"payments/{payment_id}/dispute", {"status": status, "deducted": deducted})
        assert {reply.status for reply in shop.deliver()} == {200}
        assert shop.states(student, order_id) == ("captured", "active")
        run_projector()
        revenue.append(admin.get("/api/dashboard/admin").json["revenue"]["net"][0]["amount"])
        assert compare.compare_counters().differences == []
    assert revenue == [0, PRICE]


def test_f40_pending_refund_is_polled_with_backoff_and_never_overdue(
    shop: Storefront, student: Api, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each poll schedules the next one with a growing delay. Without it the payment would always be due and occupy the
    sweep."""
    monkeypatch.setattr(confirmation, "PAUSE_SECONDS", 0)
    order_id = buy(shop, student)
    shop.control("PATCH", "settings", {"refunds": "hold"})
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked"}).status == 200
    polls = 0
    for minute in range(20, 2 * 24 * 60, 20):
        shop.clock.advance(minutes=20)
        polls += "no_change" in shop.sweep()
        if minute % 240 == 0:
            assert check.check_invariants().breaches == []
    assert polls == 18
    assert shop.states(student, order_id) == ("refund_pending", "cancelled")
    [refund_id] = shop.gateway.ledger.refunds
    shop.control("POST", f"refunds/{refund_id}/process")
    shop.clock.advance(days=1)
    shop.sweep()
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    assert shop.payment(order_id).gsi2sk is None
