"""Unwanted payments are refunded once, whichever response is lost: Razorpay's refunds are read first, and the
idempotency key follows from the payment and how many of its refunds failed."""

from typing import Any

import pytest

from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.refund_actions import refund_calls
from tests.protocol.stored_state import next_poll_at, payment_history


class TestUnwantedPayment:
    @pytest.fixture
    def unwanted_order_id(self, shop: Storefront, student: Api) -> str:
        """The order id of a payment that was captured after the learner withdrew."""
        order_id: str = shop.create_order(student)["order_id"]
        shop.withdraw(student)
        shop.pay(order_id)
        shop.deliver("payment.captured")
        return order_id

    def test_unwanted_payment_next_sweep_requests_refund(
        self,
        shop: Storefront,
        unwanted_order_id: str,
        gateway_calls: list[str],
        refund_idempotency_keys: dict[str, Any],
    ) -> None:
        payment = shop.payment(unwanted_order_id)
        assert (payment.status, payment.reason, next_poll_at(payment)) == ("refund_pending", "not_wanted", "23 12:00")
        assert shop.sweep() == {"recorded": 1}
        assert gateway_calls == [
            f"GET /v1/orders/{unwanted_order_id}/payments",
            *refund_calls(payment.payment_id),
        ]
        assert list(refund_idempotency_keys) == [f"refund-{payment.payment_id}"]
        assert next_poll_at(shop.payment(unwanted_order_id)) == "23 12:15"
        assert [step[:2] for step in payment_history(unwanted_order_id)] == [
            ("Captured", "webhook"),
            ("Refunded", "sweep"),
        ]

    def test_unwanted_payment_processed_refund_marks_refunded(
        self, shop: Storefront, unwanted_order_id: str, gateway_calls: list[str]
    ) -> None:
        shop.sweep()
        gateway_calls.clear()
        shop.clock.advance(minutes=15)
        shop.gateway.tick()
        assert shop.sweep() == {"refunded": 1}
        assert len(gateway_calls) == 3, "its payments and refunds are read, and no other is requested"
        payment = shop.payment(unwanted_order_id)
        assert (payment.status, payment.reason, payment.refunded_amount) == ("refunded", "not_wanted", PRICE)
        assert shop.control("GET", "statement")["refunded"] == PRICE

    def test_unwanted_payment_pending_refund_is_not_repeated(
        self, shop: Storefront, unwanted_order_id: str, gateway_calls: list[str]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "hold"})
        shop.sweep()
        assert next_poll_at(shop.payment(unwanted_order_id)) == "23 12:15"
        gateway_calls.clear()
        shop.clock.advance(minutes=15)
        assert shop.sweep() == {"no_change": 1}
        assert len(gateway_calls) == 3, "its payments and refunds are read"

    @pytest.mark.parametrize("kind", ["lose_response", "drop"])
    def test_unwanted_payment_lost_response_is_refunded_once(
        self, shop: Storefront, unwanted_order_id: str, kind: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        shop.control("POST", "faults", {"kind": kind, "method": "POST"})
        assert shop.sweep() == {"deferred": 1}
        shop.clock.advance(minutes=4)
        shop.sweep()
        assert len(refund_idempotency_keys) == len(shop.gateway.ledger.refunds) == 1
        shop.clock.advance(minutes=16)
        shop.sweep()
        assert shop.payment(unwanted_order_id).status == "refunded"
        assert shop.control("GET", "statement")["refunded"] == PRICE

    def test_unwanted_payment_failed_refund_is_retried_under_new_key(
        self, shop: Storefront, unwanted_order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "fail"})
        for minutes in (15, 30, 60):
            shop.sweep()
            shop.clock.advance(minutes=minutes)
            shop.gateway.tick()
        paid = shop.payment(unwanted_order_id).payment_id
        assert list(refund_idempotency_keys) == [f"refund-{paid}", f"refund-{paid}-after-1", f"refund-{paid}-after-2"]
        assert [each["status"] for each in shop.payment(unwanted_order_id).refunds.as_dict().values()] == [
            "failed",
            "failed",
            "pending",
        ]

    def test_unwanted_payment_refunded_in_gateway_dashboard_is_not_refunded(
        self, shop: Storefront, unwanted_order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        made = shop.control("POST", f"payments/{shop.payment(unwanted_order_id).payment_id}/refund", {"amount": PRICE})
        shop.control("POST", f"refunds/{made['id']}/process")
        assert shop.sweep() == {"refunded": 1}
        assert list(refund_idempotency_keys) == []

    def test_unwanted_payment_partly_refunded_requests_only_remainder(
        self, shop: Storefront, unwanted_order_id: str
    ) -> None:
        shop.control("POST", f"payments/{shop.payment(unwanted_order_id).payment_id}/refund", {"amount": 10_000})
        shop.sweep()
        assert sorted(each.amount for each in shop.gateway.ledger.refunds.values()) == [10_000, PRICE - 10_000]

    def test_unwanted_payment_last_paisa_is_requested_and_its_rejection_recorded(
        self, shop: Storefront, unwanted_order_id: str, gateway_calls: list[str]
    ) -> None:
        """Razorpay rejects so small an amount: it waits, and is counted, until it is refunded manually."""
        paid = shop.payment(unwanted_order_id).payment_id
        shop.control("POST", f"payments/{paid}/refund", {"amount": PRICE - 1})
        gateway_calls.clear()
        assert shop.sweep() == {"recorded": 1}
        assert gateway_calls[-3:] == refund_calls(paid, 1, refunds=1)
        assert "at least INR 1.00" in shop.payment(unwanted_order_id).refund_refused

    def test_unwanted_payment_deleted_meanwhile_is_not_refunded(
        self, shop: Storefront, unwanted_order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        dynamodb.run_before("GetItem", lambda: store.delete(keys.payment(unwanted_order_id)))
        assert shop.sweep() == {"no_change": 1}
        assert len(shop.gateway.ledger.refunds) == 0
