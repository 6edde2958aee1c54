"""A duplicate capture on one order, which Razorpay rules out in its documentation: it is refunded, and changes nothing
else."""

from collections.abc import Callable

import pytest

from functions.payments.invariants.check import check_invariants
from functions.payments.reconciliation.reconcile import reconcile
from shared import clock
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront


@pytest.fixture
def duplicate_capture(shop: Storefront, student: Api) -> tuple[str, str]:
    """(order id, payment id of the second capture); the first one is settled, the second not delivered."""
    order_id = shop.create_order(student)["order_id"]
    second = shop.pay(order_id, "created")["razorpay_payment_id"]
    assert shop.verify(student, shop.pay(order_id)).status == 200
    shop.deliver()
    shop.control("POST", f"payments/{second}/late_authorize", {"capture": True, "even_if_paid": True})
    return order_id, second


def assert_primary_untouched(shop: Storefront, student: Api, order_id: str) -> None:
    assert shop.states(student, order_id) == ("captured", "active")
    payment = shop.payment(order_id)
    assert (payment.captured_amount, payment.refunded_amount, payment.refunds.as_dict()) == (PRICE, 0, {})
    assert [str(each) for each in check_invariants().breaches] == []


def test_duplicate_capture_is_refunded_and_course_stays_open(
    shop: Storefront, student: Api, admin: Api, run_projector: Callable[[], int], duplicate_capture: tuple[str, str]
) -> None:
    order_id, second = duplicate_capture
    shop.deliver()
    capture = {"amount": PRICE, "currency": "INR", "refunds": {}, "other_returns": {}, "held": False}
    assert shop.payment(order_id).surplus.as_dict() == {second: capture}
    assert_primary_untouched(shop, student, order_id)
    assert shop.sweep() == {"recorded": 1}
    shop.clock.advance(days=8)
    shop.gateway.tick()
    shop.sweep()
    run_projector()
    listed = admin.get("/api/payments").json["items"]
    (payment,) = [each for each in listed if each["order_id"] == order_id]
    (extra,) = payment["extra_payments"]
    (refund,) = extra["refunds"]
    assert extra | {"refunds": 1} == {
        "payment_id": second,
        "amount": PRICE,
        "currency": "INR",
        "refunds": 1,
        "disputes": [],
        "other_reversals": [],
        "on_hold": False,
        "refund_error": None,
    }
    assert (refund["amount"], refund["status"]) == (PRICE, "processed")
    assert shop.payment(order_id).gsi2sk is None
    assert_primary_untouched(shop, student, order_id)


def test_dashboard_refund_of_duplicate_capture_keeps_the_course_open(
    shop: Storefront, student: Api, duplicate_capture: tuple[str, str]
) -> None:
    order_id, second = duplicate_capture
    shop.sweep()
    shop.control("POST", f"payments/{second}/refund")
    shop.clock.advance(days=8)
    shop.gateway.tick()
    shop.deliver("refund.processed")
    assert_primary_untouched(shop, student, order_id)
    shop.deliver()
    version = shop.payment(order_id).version
    shop.deliver(redeliver=True)
    assert shop.payment(order_id).version == version
    assert shop.payment(order_id).gsi2sk is None
    assert shop.sweep() == {}
    assert_primary_untouched(shop, student, order_id)


def test_lost_dispute_over_duplicate_capture_keeps_the_course_open(
    shop: Storefront, student: Api, admin: Api, run_projector: Callable[[], int], duplicate_capture: tuple[str, str]
) -> None:
    order_id, second = duplicate_capture
    lost = shop.control("POST", f"payments/{second}/dispute", {"status": "lost"})
    shop.deliver()
    run_projector()
    reversals = {lost["id"]: {"amount": PRICE, "by": "dispute"}}
    assert shop.payment(order_id).surplus.as_dict()[second]["other_returns"] == reversals
    (extra,) = admin.get("/api/payments").json["items"][0]["extra_payments"]
    assert extra["other_reversals"] == [{"id": lost["id"], "amount": PRICE, "kind": "dispute"}]
    shop.clock.advance(minutes=15)
    assert shop.sweep() == {"recorded": 1}
    assert shop.payment(order_id).gsi2sk is None
    assert_primary_untouched(shop, student, order_id)


def test_sweep_finding_two_captures_keeps_the_unrefunded_one(shop: Storefront, student: Api) -> None:
    """Every webhook was lost."""
    order_id = shop.create_order(student)["order_id"]
    second = shop.pay(order_id, "created")["razorpay_payment_id"]
    first = shop.pay(order_id)["razorpay_payment_id"]
    shop.control("POST", f"payments/{second}/late_authorize", {"capture": True, "even_if_paid": True})
    shop.control("POST", f"payments/{first}/refund")
    shop.clock.advance(minutes=6)
    shop.sweep()
    shop.clock.advance(days=8)
    shop.gateway.tick()
    shop.sweep()
    payment = shop.payment(order_id)
    assert (payment.payment_id, payment.captured_amount, payment.refunded_amount) == (second, PRICE, 0)
    assert payment.surplus.as_dict()[first]["refunds"].popitem()[1] == {"amount": PRICE, "status": "processed"}
    assert shop.states(student, order_id) == ("captured", "active")


def test_duplicate_capture_is_refunded_after_primary_was_refunded(
    shop: Storefront, student: Api, duplicate_capture: tuple[str, str]
) -> None:
    order_id, second = duplicate_capture
    first = shop.payment(order_id).payment_id
    shop.control("POST", f"payments/{first}/refund")
    shop.clock.advance(days=8)
    shop.gateway.tick()
    shop.deliver()
    assert shop.states(student, order_id) == ("refunded", "cancelled")
    assert shop.sweep() == {"recorded": 1}
    shop.clock.advance(days=8)
    shop.gateway.tick()
    shop.sweep()
    payment = shop.payment(order_id)
    assert payment.surplus.as_dict()[second]["refunds"].popitem()[1] == {"amount": PRICE, "status": "processed"}
    assert payment.gsi2sk is None


def test_reconcile_counts_duplicate_capture_in_both_ledgers(
    shop: Storefront, student: Api, duplicate_capture: tuple[str, str]
) -> None:
    since = clock.now()
    shop.deliver()
    shop.sweep()
    report = reconcile(since, clock.now())
    assert report.differences == []
    assert report.local_totals == report.gateway_totals
    assert report.local_totals["INR", "captured"] == 2 * PRICE
