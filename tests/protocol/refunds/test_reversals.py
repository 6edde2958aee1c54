"""Reversals: lost disputes and manual refunds."""

from typing import Any

import pytest

from functions.payments import presenters
from functions.payments.refunds.request_refund import refund_window_closed
from functions.payments.schemas import OtherReversalOut
from shared.db.entities import AuditEntry
from shared.db.table import store
from shared.public_names import ReversalKind
from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.refund_actions import lose_dispute, record_manual_refund
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at, payment_history


class TestLostDispute:
    def test_lost_dispute_over_part_keeps_access(self, shop: Storefront, student: Api, paid_order_id: str) -> None:
        lose_dispute(shop, shop.payment(paid_order_id).payment_id, 10_000)
        assert shop.states(student, paid_order_id) == ("captured", "active")
        assert (shop.payment(paid_order_id).refunded_amount, ledger_totals(shop, paid_order_id)) == (
            10_000,
            (PRICE, 10_000),
        )
        shop.deliver("payment.dispute.lost", redeliver=True)
        assert shop.payment(paid_order_id).refunded_amount == 10_000

    def test_lost_dispute_over_remainder_ends_access(self, shop: Storefront, student: Api, paid_order_id: str) -> None:
        lose_dispute(shop, shop.payment(paid_order_id).payment_id, 10_000)
        lose_dispute(shop, shop.payment(paid_order_id).payment_id, PRICE - 10_000)
        assert shop.states(student, paid_order_id) == ("refunded", "cancelled")
        assert shop.enrollment(student).reason == "chargeback"
        assert ledger_totals(shop, paid_order_id) == (PRICE, PRICE)

    def test_lost_dispute_over_part_leaves_remainder_to_refund(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        lose_dispute(shop, shop.payment(paid_order_id).payment_id, 10_000)
        assert refund(admin, paid_order_id).status == 200
        assert [each.amount for each in shop.gateway.ledger.refunds.values()] == [PRICE - 10_000]
        shop.clock.advance(minutes=15)
        shop.gateway.tick()
        shop.sweep()
        assert (shop.payment(paid_order_id).status, ledger_totals(shop, paid_order_id)) == ("refunded", (PRICE, PRICE))

    def test_lost_dispute_during_refund_counts_both_in_gateway_ledger(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        """The money is returned twice: the bank does not know of our refund."""
        refund(admin, paid_order_id)
        lose_dispute(shop, shop.payment(paid_order_id).payment_id, PRICE)
        assert (shop.payment(paid_order_id).status, shop.payment(paid_order_id).reason) == ("refunded", "requested")
        shop.clock.advance(minutes=15)
        shop.gateway.tick()
        assert shop.sweep() == {"recorded": 1}, "webhooks were lost; the sweep finds the refund"
        assert ledger_totals(shop, paid_order_id) == (PRICE, 2 * PRICE)
        assert (shop.payment(paid_order_id).refunded_amount, next_poll_at(shop.payment(paid_order_id))) == (PRICE, None)


class TestManualRefund:
    def test_manual_refund_after_six_months_counts_as_refunded(
        self, shop: Storefront, student: Api, admin: Api, paid_order_id: str
    ) -> None:
        shop.clock.advance(days=181)
        assert record_manual_refund(admin, paid_order_id, 10_000).json["payment"]["refunded_amount"] == 10_000
        assert shop.states(student, paid_order_id) == ("captured", "active")
        answer = record_manual_refund(admin, paid_order_id, PRICE - 10_000, "UTR2")
        assert (answer.status, answer.json["payment"]["status"]) == (200, "refunded")
        assert answer.json["enrollment"]["status"] == "cancelled"
        reversals = presenters.admin_payment(shop.payment(paid_order_id)).other_reversals
        assert reversals == [
            OtherReversalOut(id="UTR1", amount=10_000, kind=ReversalKind.MANUAL),
            OtherReversalOut(id="UTR2", amount=PRICE - 10_000, kind=ReversalKind.MANUAL),
        ]

    def test_refund_window_is_open_at_its_last_moment(self, shop: Storefront, paid_order_id: str) -> None:
        payment = shop.payment(paid_order_id)
        assert payment.captured_at == shop.clock.now()
        shop.clock.advance(days=180)
        assert not refund_window_closed(payment)
        shop.clock.advance(milliseconds=1)
        assert refund_window_closed(payment)

    def test_manual_refund_after_gateway_rejection_is_recorded(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        lose_dispute(shop, shop.payment(paid_order_id).payment_id, 100, deliver_webhook=False)
        refund(admin, paid_order_id)
        assert "greater than amount captured" in shop.payment(paid_order_id).refund_refused
        assert record_manual_refund(admin, paid_order_id).json["payment"]["status"] == "refunded"
        assert next_poll_at(shop.payment(paid_order_id)) == "23 12:15", (
            "a final poll, for a refund whose response was lost"
        )
        shop.clock.advance(minutes=15)
        assert shop.sweep() == {"recorded": 1}
        assert next_poll_at(shop.payment(paid_order_id)) is None

    @pytest.mark.parametrize("fields", [{}, {"made_before_restore": True}])
    def test_manual_refund_writes_audit_entry(
        self, shop: Storefront, admin: Api, paid_order_id: str, fields: dict[str, Any]
    ) -> None:
        shop.clock.advance(days=181)
        record_manual_refund(admin, paid_order_id, 10_000, **fields)
        [partition] = {each[0] for each in snapshot() if each[0].startswith("AUDIT#")}
        [entry] = [each for each in store.query_all(partition) if isinstance(each, AuditEntry)]
        assert (entry.admin_id, entry.action, entry.subject) == (
            admin.user_id,
            "payment.returned_by_hand",
            paid_order_id,
        )
        assert (entry.reason, entry.before) == ("by bank transfer", {"status": "captured"})
        payment_id = shop.payment(paid_order_id).payment_id
        asked = {"amount": 10_000, "reference": "UTR1", "payment_id": payment_id, **fields}
        assert entry.after == {**asked, "status": "captured"}

    def test_manual_refund_of_held_payment_needs_gateway_rejection_first(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        other = shop.pay(order_id, amount=PRICE - 100)["razorpay_payment_id"]
        shop.deliver()
        early = record_manual_refund(admin, order_id, 1_000, payment_id=other)
        assert (early.status, early.code) == (409, "refundable_at_gateway")
        lose_dispute(shop, other, 100, deliver_webhook=False)
        refund(admin, order_id, payment_id=other)
        late = record_manual_refund(admin, order_id, 1_000, payment_id=other)
        assert (late.status, late.json["payment"]["status"]) == (200, "failed")
        assert record_manual_refund(admin, order_id, 2_000, payment_id=other).code == "reference_reused"

    def test_manual_refund_same_reference_is_counted_once(
        self, shop: Storefront, admin: Api, paid_order_id: str
    ) -> None:
        shop.clock.advance(days=181)
        record_manual_refund(admin, paid_order_id, 10_000)
        before = snapshot()
        assert record_manual_refund(admin, paid_order_id, 10_000).json["payment"]["refunded_amount"] == 10_000
        other = record_manual_refund(admin, paid_order_id, 20_000)
        assert (other.status, other.code) == (409, "reference_reused")
        assert snapshot() == before

    def test_manual_refund_possible_at_gateway_returns_409(self, admin: Api, paid_order_id: str) -> None:
        before = snapshot()
        answer = record_manual_refund(admin, paid_order_id)
        assert (answer.status, answer.code) == (409, "refundable_at_gateway")
        assert snapshot() == before

    @pytest.mark.parametrize(
        ("amount", "fields", "code"),
        [
            (PRICE + 1, {}, "refund_too_large"),
            (1, {"payment_id": "pay_ZZZZZZZZZZZZZZ"}, "not_refundable"),
            (0, {}, "invalid"),
            (1, {"reference": "a b"}, "invalid"),
            (1, {"reason": ""}, "invalid"),
        ],
    )
    def test_manual_refund_invalid_request_is_rejected(
        self, shop: Storefront, admin: Api, paid_order_id: str, amount: int, fields: dict[str, Any], code: str
    ) -> None:
        shop.clock.advance(days=181)
        before = snapshot()
        assert record_manual_refund(admin, paid_order_id, amount, **fields).code == code
        assert snapshot() == before

    def test_manual_refund_of_unpaid_or_unknown_order_is_rejected(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.clock.advance(days=181)
        before = snapshot()
        assert record_manual_refund(admin, order_id, 1).code == "not_refundable"
        assert record_manual_refund(admin, "order_ZZZZZZZZZZZZZZ", 1).code == "order_not_found"
        assert snapshot() == before

    def test_manual_refund_of_held_payment_after_six_months_clears_poll(
        self, shop: Storefront, student: Api, admin: Api
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id, amount=PRICE - 1)
        shop.deliver()
        [payment_id] = shop.gateway.ledger.payments
        shop.clock.advance(days=181)
        assert record_manual_refund(admin, order_id, PRICE - 1, payment_id=payment_id).status == 200
        assert shop.payment(order_id).reason == "refunded"
        shop.clock.advance(minutes=15)
        shop.sweep()
        assert next_poll_at(shop.payment(order_id)) is None

    def test_manual_refund_twice_at_once_is_counted_once(
        self, shop: Storefront, admin: Api, paid_order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        shop.clock.advance(days=181)
        dynamodb.run_before("TransactWriteItems", lambda: record_manual_refund(admin, paid_order_id, 10_000))
        assert record_manual_refund(admin, paid_order_id, 10_000).status == 200
        assert shop.payment(paid_order_id).refunded_amount == 10_000
        assert [step[0] for step in payment_history(paid_order_id)][-2:] == ["Captured", "ReturnedByHand"]

    def test_manual_refund_racing_another_never_exceeds_balance(
        self, shop: Storefront, admin: Api, paid_order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        shop.clock.advance(days=181)
        dynamodb.run_before("TransactWriteItems", lambda: record_manual_refund(admin, paid_order_id, PRICE - 1, "UTR2"))
        assert record_manual_refund(admin, paid_order_id, 2, "UTR1").code == "refund_too_large"
        assert shop.payment(paid_order_id).refunded_amount == PRICE - 1


@pytest.mark.parametrize("reference", ["self", "null", "cls", "disp_AAAAAAAAAAAAAA"])
def test_manual_refund_unusual_reference_is_accepted(
    shop: Storefront, admin: Api, paid_order_id: str, reference: str
) -> None:
    shop.clock.advance(days=181)
    assert record_manual_refund(admin, paid_order_id, 100, reference).json["payment"]["refunded_amount"] == 100
    assert breaches() == []
