"""The scheduled reconciliation on a real engine, with the privileges that its role has."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from functions.payments import reconcile_handler
from shared.db.payments import reconciliation_state
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import PRICE, Storefront

pytestmark = pytest.mark.usefixtures("consistent_ledgers")


def buy(shop: Storefront, learner: Api) -> str:
    order_id: str = shop.create_order(learner)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    shop.sweep()
    return order_id


def reconcile(shop: Storefront, which: str = "hourly") -> dict[str, int]:
    shop.clock.advance(minutes=6)
    result: dict[str, int] = reconcile_handler.lambda_handler({"pass": which}, None)[which]
    return {name: value for name, value in result.items() if value}


@pytest.mark.parametrize("which", ["hourly", "nightly"])
def test_f57_pass_settles_captures_refunds_disputes_and_orphaned_orders_without_any_message(
    shop: Storefront, new_user: Callable[..., Api], which: str
) -> None:
    paid, partly, disputed, orphaned = (new_user("student") for _ in range(4))
    partly_order, disputed_order = buy(shop, partly), buy(shop, disputed)
    paid_order = shop.create_order(paid)["order_id"]
    shop.pay(paid_order)
    razorpay.refund(shop.payment(partly_order).payment_id, 500, "dashboard-refund")
    dispute = {"status": "lost", "amount": PRICE}
    shop.control("POST", f"payments/{shop.payment(disputed_order).payment_id}/dispute", dispute)
    notes = {"stage": "local", "user_id": orphaned.user_id, "course_id": shop.course.course_id}
    orphan = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(orphan)

    report = reconcile(shop, which)

    assert (report["healed"], report["complete"], "failed" in report) == (report["found"], True, False)
    assert shop.states(paid, paid_order) == ("captured", "active")
    assert [each["amount"] for each in shop.payment(partly_order).refunds.as_dict().values()] == [500]
    assert shop.states(disputed, disputed_order) == ("refunded", "cancelled")
    assert shop.states(orphaned, orphan) == ("captured", "active")
    assert "found" not in reconcile(shop, which)


def test_pass_stores_what_it_may_not_decide_and_removes_it_when_it_is_gone(
    shop: Storefront, student: Api, admin: Api, run_projector: Callable[[], int]
) -> None:
    order_id = buy(shop, student)
    run_projector()
    attempts = shop.gateway.ledger.orders[order_id].payment_ids
    payment = shop.gateway.ledger.payments.pop(shop.payment(order_id).payment_id)
    shop.gateway.ledger.orders[order_id].payment_ids = []
    reconcile(shop)
    assert reconciliation_state.list_open() == []
    reconcile(shop, "nightly")
    [stored] = reconciliation_state.list_open()
    assert (stored.difference.kind, stored.difference.order_id) == ("not_captured_at_gateway", order_id)
    assert stored.found_at == shop.clock.now()
    state = admin.get("/api/reconciliation").json
    assert [each["kind"] for each in state["differences"]] == ["not_captured_at_gateway"]
    assert [(each["name"], each["stage"], each["lag_minutes"]) for each in state["passes"]] == [
        ("hourly", "done", 11),
        ("nightly", "done", 5),
    ]
    shop.gateway.ledger.payments[payment.id] = payment
    shop.gateway.ledger.orders[order_id].payment_ids = attempts
    reconcile(shop)
    assert reconciliation_state.list_open() == []


def test_pass_lists_money_on_hold_until_an_admin_refunds_it(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    payment_id = shop.pay(order_id, amount=PRICE - 1)["razorpay_payment_id"]
    assert reconcile(shop)["found"] >= 1
    [stored] = reconciliation_state.list_open()
    assert (stored.difference.kind, stored.difference.entity_id) == ("amount_unexplained", payment_id)
    assert stored.difference.local == f"on hold, an order of {PRICE} INR"
    body = {"reason": "not ours", "payment_id": payment_id}
    assert admin.post(f"/api/payments/{order_id}/refund", body).status == 200
    reconcile(shop)
    assert reconciliation_state.list_open() == []


def test_ledger_stage_finds_refund_that_the_gateway_does_not_have(
    shop: Storefront, student: Api, run_projector: Callable[[], int]
) -> None:
    order_id = buy(shop, student)
    stored = shop.payment(order_id)
    refunds = {"rfnd_AAAAAAAAAAAAAA": {"amount": 500, "status": "processed"}}
    tamper(stored, refunds=refunds)
    run_projector()
    shop.clock.advance(hours=1)
    reconcile(shop, "nightly")
    [found] = reconciliation_state.list_open()
    assert found.difference.kind == "refund_unknown_at_gateway"
    tamper(stored, refunds={})
    reconcile(shop)
    assert reconciliation_state.list_open() == []


def test_lag_grows_while_the_gateway_is_silent(shop: Storefront, admin: Api) -> None:
    reconcile(shop)
    shop.control("POST", "faults", {"kind": "503", "times": 999})
    shop.clock.advance(hours=4)
    assert reconcile(shop) == {}
    [state] = admin.get("/api/reconciliation").json["passes"]
    assert (state["stage"], state["lag_minutes"]) == ("payments", 251)
    shop.control("DELETE", "faults")
    reconcile(shop)
    [state] = admin.get("/api/reconciliation").json["passes"]
    assert (state["stage"], state["lag_minutes"]) == ("done", 5)
    assert timedelta(minutes=state["lag_minutes"]) < timedelta(hours=3)
