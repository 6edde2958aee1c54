"""Refunds that fail or that Razorpay rejects, and requests that are not possible."""

from typing import Any

import pytest

from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.refund_actions import lose_dispute, refund_request_id


class TestRejectedRefund:
    def test_partial_refund_failed_is_retried_under_new_key(
        self, shop: Storefront, admin: Api, paid_order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        shop.control("PATCH", "settings", {"refunds": "fail"})
        assert refund(admin, paid_order_id, 10_000, "click-1").status == 200
        shop.clock.advance(minutes=1)
        shop.gateway.tick()
        shop.deliver()
        shop.control("PATCH", "settings", {"refunds": "process"})
        shop.clock.advance(hours=1)
        shop.sweep()
        shop.clock.advance(hours=1)
        shop.sweep()
        name = refund_request_id(paid_order_id, "click-1")
        assert list(refund_idempotency_keys) == [f"refund-{name}", f"refund-{name}-1"]
        payment = shop.payment(paid_order_id)
        assert (payment.status, payment.refunded_amount, payment.gsi2sk) == ("captured", 10_000, None)

    def test_full_refund_rejected_is_retried_and_error_recorded_once(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        lose_dispute(shop, shop.payment(paid_order_id).payment_id, deliver_webhook=False)
        assert refund(admin, paid_order_id).json["payment"]["status"] == "refund_pending"
        version = shop.payment(paid_order_id).version
        for minutes in (15, 15, 30):
            shop.clock.advance(minutes=minutes)
            assert shop.sweep() == {"no_change": 1}
            assert shop.sweep() == {}
        assert "no refundable balance" in shop.payment(paid_order_id).refund_refused
        assert shop.payment(paid_order_id).version == version, "recorded once"

    @pytest.mark.parametrize(
        ("amount", "days", "code"), [(PRICE - 50, 0, "refund_leaves_too_little"), (None, 181, "refund_too_late")]
    )
    def test_refund_request_too_late_or_leaving_too_little_returns_409(
        self, shop: Storefront, admin: Api, paid_order_id: str, amount: int | None, days: int, code: str
    ) -> None:
        shop.clock.advance(days=days)
        before = snapshot()
        answer = refund(admin, paid_order_id, amount, "k")
        assert (answer.status, answer.code) == (409, code)
        assert snapshot() == before

    def test_remaining_refund_idempotency_key_includes_its_amount(
        self, shop: Storefront, admin: Api, paid_order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        """Razorpay accepts an idempotency key for one body only."""
        payment_id = shop.payment(paid_order_id).payment_id
        shop.control("POST", f"payments/{payment_id}/refund", {"amount": 10_000})
        refund(admin, paid_order_id)
        assert list(refund_idempotency_keys) == [f"refund-{payment_id}-after-1-of-{PRICE - 10_000}"]

    def test_refund_request_of_full_amount_repeated_key_returns_same_result(
        self, admin: Api, paid_order_id: str
    ) -> None:
        first, again = refund(admin, paid_order_id, PRICE, "k"), refund(admin, paid_order_id, PRICE, "k")
        assert (first.status, again.status, again.json["payment"]["status"]) == (200, 200, "refund_pending")
        assert refund(admin, paid_order_id, PRICE - 1_000, "k").code == "idempotency_key_reused"
