"""The sweep finds a refund whose response was lost, even when the amount was reversed in the meantime."""

import json

import pytest

from tests.fixtures.api import Api
from tests.fixtures.logs import captured_logs
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.refund_actions import lose_dispute, record_manual_refund
from tests.protocol.stored_state import ledger_totals, next_poll_at
from tests.protocol.sweep_actions import fail_refund_calls, order_with_duplicate_captures, sweep_repeatedly


def lose_refund_response(shop: Storefront) -> None:
    shop.control("POST", "faults", {"kind": "lose_response", "path": ".*/refund", "method": "POST"})


class TestLostRefundResponse:
    @pytest.fixture
    def requested_order_id(self, shop: Storefront, admin: Api, paid_order_id: str) -> str:
        lose_refund_response(shop)
        refund(admin, paid_order_id)
        assert (len(shop.gateway.ledger.refunds), shop.payment(paid_order_id).refunds.as_dict()) == (1, {})
        return paid_order_id

    def test_lost_refund_response_after_full_chargeback_is_synced(
        self, shop: Storefront, requested_order_id: str
    ) -> None:
        lose_dispute(shop, shop.payment(requested_order_id).payment_id)
        sweep_repeatedly(shop)
        assert ledger_totals(shop, requested_order_id) == (PRICE, 2 * PRICE)
        assert next_poll_at(shop.payment(requested_order_id)) is None

    def test_lost_partial_refund_response_after_chargeback_is_synced(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        lose_refund_response(shop)
        refund(admin, paid_order_id, 5_000, "k")
        lose_dispute(shop, shop.payment(paid_order_id).payment_id)
        sweep_repeatedly(shop)
        assert (ledger_totals(shop, paid_order_id), next_poll_at(shop.payment(paid_order_id))) == (
            (PRICE, PRICE + 5_000),
            None,
        )

    def test_failed_refund_call_after_full_chargeback_is_not_repeated(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        fail_refund_calls(shop, 1)
        refund(admin, paid_order_id, 5_000, "k")
        lose_dispute(shop, shop.payment(paid_order_id).payment_id, deliver_webhook=False)
        shop.gateway.ledger.disputes.clear()  # Razorpay would reject it; we must not even request it
        shop.deliver("payment.dispute.lost")
        sweep_repeatedly(shop)
        assert (len(shop.gateway.ledger.refunds), shop.payment(paid_order_id).status) == (0, "refunded")

    def test_lost_duplicate_refund_response_after_chargeback_is_synced(self, shop: Storefront, student: Api) -> None:
        order_id, [second] = order_with_duplicate_captures(shop, student)
        lose_refund_response(shop)
        shop.sweep()
        lose_dispute(shop, second)
        sweep_repeatedly(shop)
        assert (ledger_totals(shop, order_id), next_poll_at(shop.payment(order_id))) == ((2 * PRICE, 2 * PRICE), None)

    def test_manual_refund_after_lost_refund_response_is_rejected(
        self, shop: Storefront, admin: Api, requested_order_id: str
    ) -> None:
        shop.clock.advance(days=181)
        answer = record_manual_refund(admin, requested_order_id)
        assert (answer.status, answer.code) == (409, "refund_too_large")
        shop.control("POST", "faults", {"kind": "500", "times": 3})
        unanswered = record_manual_refund(admin, requested_order_id)
        assert (unanswered.status, unanswered.code) == (503, "gateway_unavailable")


def test_refund_request_unreadable_refunds_are_logged_as_warning(
    shop: Storefront, admin: Api, paid_order_id: str
) -> None:
    shop.control("POST", "faults", {"kind": "500", "path": ".*/refunds", "method": "GET", "times": 10})
    with captured_logs() as lines:
        assert refund(admin, paid_order_id).json["payment"]["status"] == "refund_pending"
    entries = [json.loads(line) for line in lines.getvalue().splitlines()]
    [line] = [each for each in entries if each["message"] == "refunds not synced"]
    assert (line["level"], line["order_id"], "exception" in line) == ("WARNING", paid_order_id, True)
