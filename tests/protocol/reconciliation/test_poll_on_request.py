"""POST /api/payments/{order_id}/poll: an admin asks the gateway about one order, whatever its status."""

from datetime import timedelta

import pytest

from shared.db.payments import foreign_orders
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.reconciliation.actions import open_differences
from tests.protocol.stored_state import ledger_totals


def test_poll_failed_order_that_was_paid_grants_course(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    for _ in range(12):
        shop.clock.advance(days=1)
        shop.sweep()
    shop.pay(order_id)
    reply = admin.post(f"/api/payments/{order_id}/poll")
    assert (reply.status, reply.json["payment"]["status"], reply.json["enrollment"]["status"]) == (
        200,
        "captured",
        "active",
    )


def test_poll_captured_order_records_refund_made_on_gateway_page(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    razorpay.refund(shop.payment(paid_order_id).payment_id, 10_000, "dashboard-refund")
    shop.clock.advance(hours=1)
    shop.gateway.tick()
    reply = admin.post(f"/api/payments/{paid_order_id}/poll")
    assert (reply.status, reply.json["payment"]["refunded_amount"]) == (200, 10_000)
    assert ledger_totals(shop, paid_order_id) == (PRICE, 10_000)


def test_poll_unknown_order_of_ours_adopts_it(shop: Storefront, student: Api, admin: Api) -> None:
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(order_id)
    reply = admin.post(f"/api/payments/{order_id}/poll")
    assert (reply.status, reply.json["payment"]["status"]) == (200, "captured")
    assert shop.states(student, order_id) == ("captured", "active")


def test_poll_order_with_money_missing_at_gateway_stores_difference_until_it_is_gone(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    payment_id = shop.payment(paid_order_id).payment_id
    hidden = shop.gateway.ledger.orders[paid_order_id].payment_ids
    shop.gateway.ledger.orders[paid_order_id].payment_ids = []
    assert admin.post(f"/api/payments/{paid_order_id}/poll").status == 200
    expected = (paid_order_id, "not_captured_at_gateway", "nothing", f"{PRICE} INR captured")
    assert open_differences() == [expected]
    state = admin.get("/api/reconciliation").json
    assert state["passes"] == []
    assert state["differences"] == [
        {
            "order_id": paid_order_id,
            "kind": "not_captured_at_gateway",
            "entity_id": payment_id,
            "gateway": "nothing",
            "local": f"{PRICE} INR captured",
            "found_at": "2026-11-23T12:00:00.000Z",
        }
    ]
    shop.gateway.ledger.orders[paid_order_id].payment_ids = hidden
    assert admin.post(f"/api/payments/{paid_order_id}/poll").status == 200
    assert open_differences() == []


@pytest.mark.parametrize("order_id", ["order_short", "pay_AAAAAAAAAAAAAA", "order_AAAAAAAAAAAAA!", "%20"])
def test_poll_bad_id_returns_404_without_a_call(
    shop: Storefront, admin: Api, gateway_calls: list[str], order_id: str
) -> None:
    assert admin.post(f"/api/payments/{order_id}/poll").code == "order_not_found"
    assert gateway_calls == []


def test_poll_order_of_other_product_returns_404_and_stores_no_payment(shop: Storefront, admin: Api) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "theirs", {"stage": "prod"})["id"]
    reply = admin.post(f"/api/payments/{order_id}/poll")
    assert (reply.status, reply.code) == (404, "order_not_found")
    assert f"PAYMENT#{order_id}" not in {key.pk for key in snapshot()}


def test_poll_order_unknown_to_gateway_returns_404(shop: Storefront, admin: Api) -> None:
    assert admin.post("/api/payments/order_AAAAAAAAAAAAAA/poll").code == "order_not_found"


def test_poll_silent_gateway_returns_503_and_changes_nothing(shop: Storefront, admin: Api, paid_order_id: str) -> None:
    before = snapshot()
    shop.control("POST", "faults", {"kind": "drop", "times": 99})
    reply = admin.post(f"/api/payments/{paid_order_id}/poll")
    assert (reply.status, reply.code) == (503, "gateway_unavailable")
    assert snapshot() == before


def test_poll_refused_refund_returns_payment_with_reason(
    shop: Storefront, admin: Api, student: Api, paid_order_id: str
) -> None:
    shop.control("POST", "faults", {"kind": "409", "path": ".*/refund", "method": "POST", "times": 9})
    admin.post(f"/api/payments/{paid_order_id}/refund", {"reason": "asked"})
    reply = admin.post(f"/api/payments/{paid_order_id}/poll")
    assert (reply.status, reply.json["payment"]["status"]) == (200, "refund_pending")


def test_reconciliation_without_runs_is_empty(shop: Storefront, admin: Api) -> None:
    assert admin.get("/api/reconciliation").json == {"passes": [], "differences": []}


def test_open_difference_of_changed_amount_is_stored_with_both_sides(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    tamper(shop.payment(paid_order_id), captured_amount=PRICE - 1)
    admin.post(f"/api/payments/{paid_order_id}/poll")
    assert open_differences() == [
        (paid_order_id, "amount_mismatch", f"{PRICE} INR captured", f"{PRICE - 1} INR captured")
    ]


def test_poll_order_remembered_as_unknown_asks_the_gateway_and_adopts_it(
    shop: Storefront, student: Api, admin: Api
) -> None:
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    shop.pay(order_id)
    foreign_orders.remember(order_id, shop.clock.now() + timedelta(hours=1))
    assert admin.post(f"/api/payments/{order_id}/poll").status == 200
    assert shop.states(student, order_id) == ("captured", "active")


def test_poll_order_of_another_product_is_404(shop: Storefront, admin: Api) -> None:
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_theirs", {"shop": "another"})["id"]
    assert admin.post(f"/api/payments/{order_id}/poll").code == "order_not_found"
    assert admin.post("/api/payments/order_AAAAAAAAAAAAAA/poll").code == "order_not_found"


def test_poll_of_known_order_asks_only_for_its_payments(
    admin: Api, paid_order_id: str, gateway_calls: list[str]
) -> None:
    gateway_calls.clear()
    assert admin.post(f"/api/payments/{paid_order_id}/poll").status == 200
    assert f"GET /v1/orders/{paid_order_id}" not in gateway_calls
