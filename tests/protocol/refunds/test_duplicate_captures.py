"""Extra captures on an order are refunded, and nothing else is."""

from typing import Any

import pytest

from shared.db.table import keys, store
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.refund_actions import lose_dispute, refund_calls
from tests.protocol.stored_state import next_poll_at, payment_history


class TestDuplicateCapture:
    """Razorpay documents one payment per order. If it captures a second, that is refunded, and nothing else changes."""

    @pytest.fixture
    def duplicate_payment_id(self, shop: Storefront, student: Api) -> str:
        """The payment id of the second capture; the first is settled, and the learner has access."""
        order_id = shop.create_order(student)["order_id"]
        payment_id: str = shop.pay(order_id, "created")["razorpay_payment_id"]
        shop.pay(order_id)
        shop.deliver()
        shop.sweep()
        shop.control("POST", f"payments/{payment_id}/late_authorize", {"capture": True, "even_if_paid": True})
        shop.deliver("payment.captured")
        return payment_id

    @pytest.fixture
    def order_id(self, shop: Storefront, duplicate_payment_id: str) -> str:
        return str(shop.gateway.ledger.payments[duplicate_payment_id].order_id)

    def test_duplicate_capture_next_sweep_refunds_it_and_keeps_access(
        self,
        shop: Storefront,
        student: Api,
        duplicate_payment_id: str,
        order_id: str,
        gateway_calls: list[str],
        refund_idempotency_keys: dict[str, Any],
    ) -> None:
        assert shop.sweep() == {"recorded": 1}
        assert gateway_calls == [f"GET /v1/orders/{order_id}/payments", *refund_calls(duplicate_payment_id)]
        assert list(refund_idempotency_keys) == [f"refund-{duplicate_payment_id}"]
        assert [step[0] for step in payment_history(order_id)][-2:] == ["Captured", "Refunded"]
        payment = shop.payment(order_id)
        assert (payment.refunded_amount, next_poll_at(payment)) == (0, "23 12:15")
        assert shop.states(student, order_id) == ("captured", "active")

    def test_duplicate_capture_pending_refund_is_not_repeated(
        self, shop: Storefront, duplicate_payment_id: str, order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "hold"})
        for verdict in ("recorded", "no_change", "no_change"):
            assert shop.sweep() == {verdict: 1}
            shop.clock.advance(minutes=15)
        shop.control("PATCH", "settings", {"refunds": "process"})
        shop.gateway.tick()
        assert shop.sweep() == {"recorded": 1}
        assert list(refund_idempotency_keys) == [f"refund-{duplicate_payment_id}"]
        [refund] = shop.payment(order_id).surplus.as_dict()[duplicate_payment_id]["refunds"].values()
        assert refund == {"amount": PRICE, "status": "processed"}
        assert next_poll_at(shop.payment(order_id)) is None

    def test_duplicate_capture_failed_refund_is_retried_under_new_key(
        self, shop: Storefront, duplicate_payment_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "fail"})
        for minutes in (15, 30):
            shop.sweep()
            shop.clock.advance(minutes=minutes)
            shop.gateway.tick()
        assert list(refund_idempotency_keys) == [
            f"refund-{duplicate_payment_id}",
            f"refund-{duplicate_payment_id}-after-1",
        ]

    def test_duplicate_capture_after_primary_refund_is_refunded(
        self,
        shop: Storefront,
        duplicate_payment_id: str,
        order_id: str,
        gateway_calls: list[str],
        refund_idempotency_keys: dict[str, Any],
    ) -> None:
        first = shop.payment(order_id).payment_id
        made = shop.control("POST", f"payments/{first}/refund", {"amount": PRICE})
        shop.control("POST", f"refunds/{made['id']}/process")
        shop.deliver("refund.processed")
        assert (shop.payment(order_id).status, next_poll_at(shop.payment(order_id))) == ("refunded", "23 12:00")
        assert shop.sweep() == {"recorded": 1}
        assert gateway_calls == [f"GET /v1/orders/{order_id}/payments", *refund_calls(duplicate_payment_id)], (
            "the refunds of the first are recorded, and not read"
        )
        assert list(refund_idempotency_keys) == [f"refund-{duplicate_payment_id}"]

    def test_duplicate_capture_last_paisa_is_requested_and_its_rejection_recorded(
        self, shop: Storefront, duplicate_payment_id: str, gateway_calls: list[str]
    ) -> None:
        shop.control("POST", f"payments/{duplicate_payment_id}/refund", {"amount": PRICE - 1})
        assert shop.sweep() == {"recorded": 1}
        assert gateway_calls[-3:] == refund_calls(duplicate_payment_id, 1, refunds=1)

    def test_duplicate_capture_charged_back_is_not_refunded(
        self, shop: Storefront, duplicate_payment_id: str, order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        lose_dispute(shop, duplicate_payment_id)
        assert next_poll_at(shop.payment(order_id)) == "23 12:15"
        shop.clock.advance(minutes=15)
        assert shop.sweep() == {"recorded": 1}
        assert (next_poll_at(shop.payment(order_id)), list(refund_idempotency_keys)) == (None, [])

    def test_duplicate_capture_of_deleted_payment_is_not_refunded(
        self, shop: Storefront, order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        dynamodb.run_before("GetItem", lambda: store.delete(keys.payment(order_id)))
        assert shop.sweep() == {"no_change": 1}
        assert len(shop.gateway.ledger.refunds) == 0
