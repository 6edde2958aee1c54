"""How one order that differs is healed: by the evidence of a list, or by a poll."""

import random
from typing import Any

import pytest

from functions.payments import razorpay_evidence
from functions.payments.reconciliation.heal_orders import Healer, Healing, Suspect, heal_order, never_recorded
from functions.payments.reconciliation.listed_entities import is_refund_recorded
from functions.payments.reconciliation.open_differences import OpenDifferences
from shared.db.entities import Payment
from shared.db.table import keys
from shared.domain.reconciliation import PassCounts
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import Json
from tests.fixtures.api import Api
from tests.fixtures.corruption import delete_item, tamper
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.protocol.reconciliation.actions import open_differences
from tests.protocol.stored_state import payment_history


def refund_suspect(order_id: str, entity: Json) -> Suspect:
    """A suspect of the stage of refunds."""

    def is_recorded(payment: Payment) -> bool:
        return is_refund_recorded(payment, entity)

    return Suspect(order_id, is_recorded, [razorpay_evidence.from_refund(entity)])


def posted_paths(calls: list[str]) -> list[str]:
    return [call.split()[1] for call in calls if call.startswith("POST ")]


class TestEvidence:
    def test_heal_order_refund_of_known_capture_is_recorded_without_a_call(
        self, shop: Storefront, paid_order_id: str, gateway_calls: list[str]
    ) -> None:
        entity = razorpay.refund(shop.payment(paid_order_id).payment_id, 100, "dashboard-refund")
        gateway_calls.clear()
        assert heal_order(refund_suspect(paid_order_id, entity), OpenDifferences()) is Healing.HEALED
        assert gateway_calls == []
        assert list(shop.payment(paid_order_id).refunds.as_dict()) == [entity["id"]]

    def test_heal_order_refund_of_unknown_capture_is_recorded_after_a_poll(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        payment_id = shop.pay(order_id)["razorpay_payment_id"]
        entity = razorpay.refund(payment_id, 100, "dashboard-refund")
        gateway_calls.clear()
        assert heal_order(refund_suspect(order_id, entity), OpenDifferences()) is Healing.HEALED
        assert f"GET /v1/orders/{order_id}/payments" in gateway_calls
        payment = shop.payment(order_id)
        assert (payment.status, list(payment.refunds.as_dict())) == ("captured", [entity["id"]])

    def test_heal_order_payment_gone_before_its_evidence_is_polled(
        self, shop: Storefront, paid_order_id: str, dynamodb: MemoryDynamoDb, gateway_calls: list[str]
    ) -> None:
        """Payments are never deleted. A table that is being restored may lack one for a moment."""
        entity = razorpay.refund(shop.payment(paid_order_id).payment_id, 100, "dashboard-refund")
        gateway_calls.clear()
        dynamodb.run_before("GetItem", lambda: None)
        dynamodb.run_before("GetItem", lambda: delete_item(keys.payment(paid_order_id)))
        assert heal_order(refund_suspect(paid_order_id, entity), OpenDifferences()) is Healing.OPEN
        assert f"GET /v1/orders/{paid_order_id}/payments" in gateway_calls

    def test_heal_order_without_evidence_is_polled_even_if_it_is_recorded(
        self, paid_order_id: str, gateway_calls: list[str]
    ) -> None:
        gateway_calls.clear()
        assert heal_order(Suspect(paid_order_id, lambda _: True), OpenDifferences()) is Healing.HEALED
        assert gateway_calls == [f"GET /v1/orders/{paid_order_id}/payments"]


class TestRemainingDifference:
    def test_heal_order_with_a_difference_after_the_poll_is_open_and_stored(
        self, shop: Storefront, paid_order_id: str
    ) -> None:
        tamper(shop.payment(paid_order_id), captured_amount=PRICE - 1)
        assert heal_order(Suspect(paid_order_id, never_recorded), OpenDifferences()) is Healing.OPEN
        assert open_differences() == [
            (paid_order_id, "amount_mismatch", f"{PRICE} INR captured", f"{PRICE - 1} INR captured")
        ]

    def test_heal_order_without_a_difference_after_the_poll_is_healed(self, paid_order_id: str) -> None:
        assert heal_order(Suspect(paid_order_id, never_recorded), OpenDifferences()) is Healing.HEALED
        assert open_differences() == []


class TestDueRefunds:
    @pytest.fixture
    def due_refund_order_id(self, shop: Storefront, admin: Api, paid_order_id: str) -> str:
        """The id of an order whose refund an admin asked for, and that Razorpay has not received."""
        shop.control("POST", "faults", {"kind": "409", "path": ".*/refund", "method": "POST", "times": 1})
        refund(admin, paid_order_id)
        shop.clock.advance(hours=1)
        return paid_order_id

    def test_heal_order_requests_due_refund(
        self, shop: Storefront, due_refund_order_id: str, gateway_calls: list[str]
    ) -> None:
        payment_id = shop.payment(due_refund_order_id).payment_id
        gateway_calls.clear()
        heal_order(Suspect(due_refund_order_id, never_recorded), OpenDifferences())
        assert posted_paths(gateway_calls) == [f"/v1/payments/{payment_id}/refund"]

    def test_heal_order_that_requests_no_refunds_leaves_it_due(
        self, shop: Storefront, due_refund_order_id: str, gateway_calls: list[str]
    ) -> None:
        gateway_calls.clear()
        heal_order(Suspect(due_refund_order_id, never_recorded), OpenDifferences(), requests_refunds=False)
        assert posted_paths(gateway_calls) == []
        assert shop.payment(due_refund_order_id).status == "refund_pending"


def test_healer_counts_timeouts_in_a_row_from_zero_after_an_answer(
    shop: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two timeouts, an answer, two timeouts: the order after them is not left to the next pass."""
    silent = iter([True, True, False, True, True, False])

    def heal(*_: Any) -> Healing:
        if next(silent):
            raise GatewayUnavailable
        return Healing.HEALED

    monkeypatch.setattr("functions.payments.reconciliation.heal_orders.heal_order", heal)
    monkeypatch.setattr(random, "sample", lambda suspects, _: suspects)
    healer = Healer(OpenDifferences(), lambda: 900)
    healer.heal_all([Suspect(order_id, never_recorded) for order_id in "abcdef"])
    assert healer.counts == PassCounts(found=6, failed=4, healed=2)


def test_heal_order_changes_are_recorded_with_the_source_reconciliation(shop: Storefront, paid_order_id: str) -> None:
    entity = razorpay.refund(shop.payment(paid_order_id).payment_id, 100, "dashboard-refund")
    heal_order(refund_suspect(paid_order_id, entity), OpenDifferences())
    assert [step[:2] for step in payment_history(paid_order_id)][-1] == ("Refunded", "reconciliation")
