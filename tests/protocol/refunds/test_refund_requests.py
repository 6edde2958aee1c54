"""An admin requests refunds, and each is made once, whichever response is lost: its idempotency key follows from the
request."""

import json
from typing import Any

import pytest

from functions.payments.refunds.request_refund import request_refund
from shared import clock
from shared.db.table import keys, store
from shared.domain.lifecycle import Role
from shared.settlement.decision import Verdict
from shared.tokens import Caller
from tests.fixtures.api import Api
from tests.fixtures.logs import captured_logs
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.refund_actions import refund_calls, refund_request_id
from tests.protocol.stored_state import next_poll_at, payment_history


class TestAcceptedRefundRequest:
    def test_refund_request_full_amount_is_executed_once_and_ends_access(
        self,
        shop: Storefront,
        admin: Api,
        paid_order_id: str,
        gateway_calls: list[str],
        refund_idempotency_keys: dict[str, Any],
    ) -> None:
        answer = refund(admin, paid_order_id)
        assert (answer.status, answer.json["payment"]["status"]) == (200, "refund_pending")
        assert (answer.json["enrollment"]["status"], answer.json["enrollment"]["reason"]) == ("cancelled", "refunded")
        [shown] = answer.json["payment"]["refunds"]
        assert (shown["amount"], shown["status"]) == (PRICE, "pending"), "as stored after the call to Razorpay"
        assert gateway_calls == refund_calls(shop.payment(paid_order_id).payment_id)
        assert list(refund_idempotency_keys) == [f"refund-{shop.payment(paid_order_id).payment_id}"]
        assert [step[:2] for step in payment_history(paid_order_id)][-2:] == [
            ("RefundRequested", "admin"),
            ("Refunded", "sweep"),
        ]

    def test_refund_request_repeated_returns_same_response_without_gateway_call(
        self, admin: Api, paid_order_id: str, gateway_calls: list[str]
    ) -> None:
        first = refund(admin, paid_order_id)
        gateway_calls.clear()
        again = refund(admin, paid_order_id)
        assert (again.status, again.text) == (200, first.text)
        assert gateway_calls == []

    def test_refund_request_partial_uses_idempotency_key_of_request(
        self, shop: Storefront, student: Api, admin: Api, paid_order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        answer = refund(admin, paid_order_id, 10_000, "click-1")
        assert (answer.status, answer.json["payment"]["status"]) == (200, "captured")
        name = refund_request_id(paid_order_id, "click-1")
        assert list(refund_idempotency_keys) == [f"refund-{name}"]
        [made] = shop.gateway.ledger.refunds.values()
        assert made.amount == 10_000
        assert shop.payment(paid_order_id).refund_requests.as_dict() == {name: {"amount": 10_000, "refund_id": made.id}}
        assert shop.states(student, paid_order_id) == ("captured", "active")
        assert next_poll_at(shop.payment(paid_order_id)) == "23 12:15"

    def test_refund_request_two_partial_keys_are_refunded_once_each(
        self, shop: Storefront, admin: Api, paid_order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        for key in ("a", "b", "a"):
            assert refund(admin, paid_order_id, 10_000, key).status == 200
        assert list(refund_idempotency_keys) == [
            f"refund-{refund_request_id(paid_order_id, key)}" for key in ("a", "b")
        ]
        shop.clock.advance(minutes=15)
        shop.gateway.tick()
        assert shop.sweep() == {"recorded": 1}
        assert (shop.payment(paid_order_id).refunded_amount, next_poll_at(shop.payment(paid_order_id))) == (
            20_000,
            None,
        )

    def test_refund_request_during_sweep_is_executed_with_earlier_request(
        self,
        shop: Storefront,
        admin: Api,
        paid_order_id: str,
        dynamodb: MemoryDynamoDb,
        refund_idempotency_keys: dict[str, Any],
    ) -> None:
        shop.control("POST", "faults", {"kind": "drop", "method": "POST", "times": 2})
        refund(admin, paid_order_id, 10_000, "a")
        dynamodb.run_before("GetItem", lambda: refund(admin, paid_order_id, 5_000, "b"))
        assert shop.sweep() == {"recorded": 1}
        assert list(refund_idempotency_keys) == [
            f"refund-{refund_request_id(paid_order_id, key)}" for key in ("a", "b")
        ]

    @pytest.mark.parametrize("kind", ["lose_response", "drop", "409"])
    @pytest.mark.parametrize("amount", [None, 10_000])
    def test_refund_request_without_gateway_response_is_refunded_once_by_sweep(
        self,
        shop: Storefront,
        admin: Api,
        paid_order_id: str,
        kind: str,
        amount: int | None,
        refund_idempotency_keys: dict[str, Any],
    ) -> None:
        shop.control("POST", "faults", {"kind": kind, "method": "POST"})
        with captured_logs() as lines:
            answer = refund(admin, paid_order_id, amount, "click-1")
        assert answer.status == 200
        line = json.loads(lines.getvalue().splitlines()[0])
        assert (line["level"], line["message"], line["order_id"]) == (
            "WARNING",
            "refund left for the sweep",
            paid_order_id,
        )
        assert "Gateway" in line["exception"]
        for _ in range(3):
            shop.sweep()
            shop.clock.advance(minutes=16)
            shop.gateway.tick()
        assert len(refund_idempotency_keys) == len(shop.gateway.ledger.refunds) == 1
        assert shop.payment(paid_order_id).refunded_amount == (amount or PRICE)
        assert shop.control("GET", "statement")["refunded"] == (amount or PRICE)

    @pytest.mark.parametrize(("amount", "verdict"), [(None, Verdict.REFUND_DUE), (10_000, Verdict.RECORDED)])
    def test_refund_request_returns_verdict_of_decision(
        self, admin: Api, paid_order_id: str, amount: int | None, verdict: Verdict
    ) -> None:
        caller = Caller(admin.user_id, Role.ADMIN, "Admin", "ses_1", clock.now())
        assert request_refund(caller, paid_order_id, amount, "asked by mail", "k").verdict is verdict

    def test_refund_request_payment_deleted_meanwhile_returns_written_state(
        self, shop: Storefront, admin: Api, paid_order_id: str, dynamodb: MemoryDynamoDb
    ) -> None:
        shop.control("POST", "faults", {"kind": "503", "times": 3, "method": "GET"})

        def gone() -> None:
            dynamodb.run_before("GetItem", lambda: store.delete(keys.payment(paid_order_id)))

        dynamodb.run_before("TransactWriteItems", gone)
        answer = refund(admin, paid_order_id)
        assert (answer.status, answer.json["payment"]["status"]) == (200, "refund_pending")


class TestRejectedRefundRequest:
    @pytest.mark.parametrize(
        ("amount", "key", "status", "code"),
        [
            (10_000, None, 400, "idempotency_key_required"),
            (10_000, "", 400, "idempotency_key_required"),
            (PRICE + 1, "k", 409, "refund_too_large"),
        ],
    )
    def test_refund_request_missing_key_or_excess_amount_is_rejected(
        self,
        admin: Api,
        paid_order_id: str,
        gateway_calls: list[str],
        amount: int,
        key: str | None,
        status: int,
        code: str,
    ) -> None:
        before = snapshot()
        answer = refund(admin, paid_order_id, amount, key)
        assert (answer.status, answer.code) == (status, code)
        assert snapshot() == before
        assert gateway_calls == []

    def test_refund_request_for_unpaid_order_returns_not_refundable(
        self, shop: Storefront, student: Api, admin: Api, gateway_calls: list[str]
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        before = snapshot()
        gateway_calls.clear()
        answer = refund(admin, order_id)
        assert (answer.status, answer.code) == (409, "not_refundable")
        assert snapshot() == before
        assert gateway_calls == []

    def test_refund_request_for_unknown_order_returns_404(self, admin: Api) -> None:
        answer = refund(admin, "order_AAAAAAAAAAAAAA")
        assert (answer.status, answer.code) == (404, "order_not_found")

    def test_refund_request_key_reused_with_other_amount_returns_422(
        self, admin: Api, paid_order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        refund(admin, paid_order_id, 10_000, "k")
        before = snapshot()
        answer = refund(admin, paid_order_id, 9_000, "k")
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")
        assert snapshot() == before
        assert len(refund_idempotency_keys) == 1
