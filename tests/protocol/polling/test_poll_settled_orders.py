"""A poll reads the payments of an order whatever its status: money may arrive on an order that counts as settled."""

from dataclasses import dataclass

import pytest

from functions.payments.polling.poll_order import poll_order
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.refund_actions import refund_calls, refund_reads
from tests.protocol.stored_state import ledger_totals, next_poll_at, payment_history


@dataclass(frozen=True)
class PaidOrder:
    """A captured order of which every webhook is delivered. The learner also has an unfinished attempt on it, in
    another tab."""

    order_id: str
    payment_id: str
    other_attempt_id: str


@pytest.fixture
def paid(shop: Storefront, student: Api) -> PaidOrder:
    order_id = shop.create_order(student)["order_id"]
    attempt_id = shop.pay(order_id, "created")["razorpay_payment_id"]
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    shop.deliver()
    assert next_poll_at(shop.payment(order_id)) is None
    return PaidOrder(order_id, payment_id, attempt_id)


def capture_other_attempt(shop: Storefront, paid: PaidOrder) -> None:
    """The other attempt succeeds too, and its webhooks are lost."""
    shop.control("POST", f"payments/{paid.other_attempt_id}/late_authorize", {"capture": True, "even_if_paid": True})


def refund_at_gateway(shop: Storefront, payment_id: str, amount: int = PRICE) -> None:
    """A refund in Razorpay's dashboard. Its webhooks are lost."""
    made = shop.control("POST", f"payments/{payment_id}/refund", {"amount": amount})
    shop.control("POST", f"refunds/{made['id']}/process")


def test_poll_captured_order_unknown_capture_is_recorded_and_refunded(
    shop: Storefront, student: Api, paid: PaidOrder, gateway_calls: list[str]
) -> None:
    capture_other_attempt(shop, paid)
    gateway_calls.clear()
    assert poll_order(shop.payment(paid.order_id)) == "recorded"
    assert gateway_calls == [f"GET /v1/orders/{paid.order_id}/payments", *refund_calls(paid.other_attempt_id)]
    assert [step[:2] for step in payment_history(paid.order_id)][-2:] == [("Captured", "sweep"), ("Refunded", "sweep")]
    assert ledger_totals(shop, paid.order_id) == (2 * PRICE, 0)
    assert shop.states(student, paid.order_id) == ("captured", "active")


def test_poll_refunded_order_unknown_capture_is_recorded_and_refunded(
    shop: Storefront, student: Api, admin: Api, paid: PaidOrder
) -> None:
    refund(admin, paid.order_id)
    shop.clock.advance(minutes=15)
    shop.gateway.tick()
    shop.deliver()
    capture_other_attempt(shop, paid)
    assert poll_order(shop.payment(paid.order_id)) == "recorded"
    assert ledger_totals(shop, paid.order_id) == (2 * PRICE, PRICE)
    assert shop.states(student, paid.order_id) == ("refunded", "cancelled")


def test_poll_captured_order_refund_in_dashboard_is_recorded(
    shop: Storefront, student: Api, paid: PaidOrder, gateway_calls: list[str]
) -> None:
    refund_at_gateway(shop, paid.payment_id)
    gateway_calls.clear()
    assert poll_order(shop.payment(paid.order_id)) == "refunded"
    assert gateway_calls == [f"GET /v1/orders/{paid.order_id}/payments", *refund_reads(paid.payment_id, refunds=1)]
    assert shop.states(student, paid.order_id) == ("refunded", "cancelled")


def test_poll_captured_order_with_recorded_refunds_reads_payments_only(
    shop: Storefront, paid: PaidOrder, gateway_calls: list[str]
) -> None:
    refund_at_gateway(shop, paid.payment_id, 10_000)
    poll_order(shop.payment(paid.order_id))
    version = shop.payment(paid.order_id).version
    gateway_calls.clear()
    assert poll_order(shop.payment(paid.order_id)) == "no_change"
    assert gateway_calls == [f"GET /v1/orders/{paid.order_id}/payments"]
    assert shop.payment(paid.order_id).version == version


def test_poll_with_listed_payments_fetches_none(shop: Storefront, paid: PaidOrder, gateway_calls: list[str]) -> None:
    capture_other_attempt(shop, paid)
    listed = razorpay.fetch_payments_of(paid.order_id)
    gateway_calls.clear()
    assert poll_order(shop.payment(paid.order_id), listed) == "recorded"
    assert gateway_calls == refund_calls(paid.other_attempt_id)


def test_poll_with_an_empty_list_fetches_none(shop: Storefront, student: Api, gateway_calls: list[str]) -> None:
    order_id = shop.create_order(student)["order_id"]
    gateway_calls.clear()
    shop.clock.advance(minutes=30)
    assert poll_order(shop.payment(order_id), []) == "expired"
    assert gateway_calls == []


def test_poll_failed_refund_list_still_grants_the_captured_payment(shop: Storefront, student: Api) -> None:
    """The capture is applied before the refunds are read."""
    order_id = shop.create_order(student)["order_id"]
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    refund_at_gateway(shop, payment_id, 10_000)
    shop.control("POST", "faults", {"kind": "500", "path": ".*/refunds", "method": "GET", "times": 3})
    shop.clock.advance(minutes=5)
    assert shop.sweep() == {"deferred": 1}
    assert shop.states(student, order_id) == ("captured", "active")
    shop.clock.advance(minutes=15)
    assert shop.sweep() == {"recorded": 1}
    assert shop.payment(order_id).refunded_amount == 10_000
