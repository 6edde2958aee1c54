"""A dispute from its creation to its end: what it shows, and that no refund is made meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.captures import Dispute, DisputeStatus
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.dispute_actions import change_dispute, recorded_disputes, report_dispute
from tests.protocol.refund_actions import refund_calls, refund_request_id
from tests.protocol.stored_state import breaches, next_poll_at, payment_history
from tests.protocol.sweep_actions import order_with_duplicate_captures, sweep_repeatedly


def payment_id_of(shop: Storefront, order_id: str) -> str:
    return str(shop.payment(order_id).payment_id)


class TestRecordedDispute:
    def test_created_dispute_is_recorded_with_its_deadline_and_keeps_access(
        self, shop: Storefront, student: Api, paid_order_id: str
    ) -> None:
        entity = change_dispute(shop, payment_id_of(shop, paid_order_id), "created")
        assert [reply.json for reply in shop.deliver("payment.dispute.created")] == [{"outcome": "recorded"}]
        now = shop.clock.now()
        respond_by = now + timedelta(seconds=entity["respond_by"] - int(now.timestamp()))
        reason = "goods_or_services_not_received_or_partially_received"
        expected = Dispute(PRICE, "INR", DisputeStatus.OPEN, "chargeback", reason, respond_by, as_of=now)
        assert recorded_disputes(shop, paid_order_id) == {entity["id"]: expected}
        assert shop.states(student, paid_order_id) == ("captured", "active")
        payment = shop.payment(paid_order_id)
        assert (payment.refunded_amount, next_poll_at(payment)) == (0, "24 12:00")
        assert payment_history(paid_order_id)[-1][:2] == ("dispute_reported", "webhook")
        assert breaches() == []

    def test_dispute_under_review_then_action_required_is_followed(
        self, shop: Storefront, student: Api, paid_order_id: str
    ) -> None:
        payment_id = payment_id_of(shop, paid_order_id)
        statuses = []
        for event in ("created", "under_review", "action_required", "under_review"):
            shop.clock.advance(hours=1)
            report_dispute(shop, payment_id, event)
            [dispute] = recorded_disputes(shop, paid_order_id).values()
            statuses.append(dispute.status.value)
        assert statuses == ["open", "under_review", "open", "under_review"]
        assert shop.states(student, paid_order_id) == ("captured", "active")

    def test_order_with_open_dispute_is_polled_daily_until_it_ends(self, shop: Storefront, paid_order_id: str) -> None:
        payment_id = payment_id_of(shop, paid_order_id)
        report_dispute(shop, payment_id, "under_review")
        for _ in range(3):
            shop.clock.advance(days=1)
            assert shop.sweep() == {"no_change": 1}
        report_dispute(shop, payment_id, "won")
        sweep_repeatedly(shop, 2, days=1)
        assert next_poll_at(shop.payment(paid_order_id)) is None


@pytest.mark.parametrize("status", ["created", "under_review"])
@pytest.mark.parametrize("amount", [None, 10_000])
def test_f62_refund_request_returns_409_dispute_open_and_changes_nothing(
    shop: Storefront, admin: Api, paid_order_id: str, status: str, amount: int | None
) -> None:
    report_dispute(shop, payment_id_of(shop, paid_order_id), status)
    before = snapshot()
    answer = refund(admin, paid_order_id, amount, "click-1")
    assert (answer.status, answer.code) == (409, "dispute_open")
    assert snapshot() == before


class TestRefundWhileDisputed:
    @pytest.mark.parametrize("outcome", ["won", "closed"])
    def test_refund_request_succeeds_after_the_dispute_ended(
        self, shop: Storefront, admin: Api, paid_order_id: str, outcome: str
    ) -> None:
        payment_id = payment_id_of(shop, paid_order_id)
        report_dispute(shop, payment_id, "created")
        report_dispute(shop, payment_id, outcome)
        assert refund(admin, paid_order_id).json["payment"]["status"] == "refund_pending"

    def test_open_request_waits_for_the_dispute_and_is_executed_after_it_was_won(
        self, shop: Storefront, admin: Api, paid_order_id: str, gateway_calls: list[str]
    ) -> None:
        payment_id = payment_id_of(shop, paid_order_id)
        shop.control("POST", "faults", {"kind": "500", "path": ".*/refund", "method": "POST", "times": 1})
        refund(admin, paid_order_id, 10_000, "click-1")
        report_dispute(shop, payment_id, "under_review")
        gateway_calls.clear()
        sweep_repeatedly(shop, 3, days=1)
        assert [call for call in gateway_calls if call.startswith("POST")] == []
        report_dispute(shop, payment_id, "won")
        sweep_repeatedly(shop, 2, minutes=20)
        made = refund_calls(payment_id, 10_000, request=refund_request_id(paid_order_id, "click-1"))[1:]
        assert [call for call in gateway_calls if call.startswith("POST")] == made
        assert (shop.payment(paid_order_id).refunded_amount, breaches()) == (10_000, [])

    def test_refund_of_whole_payment_waits_for_the_dispute_and_is_dropped_when_it_is_lost(
        self, shop: Storefront, student: Api, admin: Api, paid_order_id: str, gateway_calls: list[str]
    ) -> None:
        payment_id = payment_id_of(shop, paid_order_id)
        shop.control("POST", "faults", {"kind": "500", "path": ".*/refund", "method": "POST", "times": 1})
        refund(admin, paid_order_id)
        report_dispute(shop, payment_id, "under_review")
        gateway_calls.clear()
        sweep_repeatedly(shop, 3, days=1)
        assert shop.states(student, paid_order_id) == ("refund_pending", "cancelled")
        report_dispute(shop, payment_id, "lost")
        sweep_repeatedly(shop, 2, days=1)
        assert [call for call in gateway_calls if call.startswith("POST")] == []
        assert (shop.payment(paid_order_id).status, breaches()) == ("refunded", [])

    def test_refund_of_duplicate_capture_waits_for_its_dispute(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        order_id, [duplicate_id] = order_with_duplicate_captures(shop, student)
        report_dispute(shop, duplicate_id, "under_review")
        gateway_calls.clear()
        sweep_repeatedly(shop, 3, days=1)
        assert [call for call in gateway_calls if call.startswith("POST")] == []
        assert breaches() == []
        report_dispute(shop, duplicate_id, "won")
        sweep_repeatedly(shop, 2, minutes=20)
        assert [call for call in gateway_calls if call.startswith("POST")] == refund_calls(duplicate_id)[1:]
        assert shop.states(student, order_id) == ("captured", "active")

    def test_refund_of_capture_on_hold_returns_409_while_its_dispute_is_open(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        held_id = shop.pay(order_id, amount=PRICE - 100)["razorpay_payment_id"]
        shop.deliver()
        report_dispute(shop, held_id, "created")
        answer = refund(admin, order_id, payment_id=held_id)
        assert (answer.status, answer.code) == (409, "dispute_open")
        unknown: Any = refund(admin, order_id, payment_id="pay_CCCCCCCCCCCCCC")
        assert unknown.code == "not_refundable"
        report_dispute(shop, held_id, "won")
        assert refund(admin, order_id, payment_id=held_id).status == 200
