"""A refund that Razorpay rejects is recorded. For now: it is retried until Razorpay makes it. For good: the request is
closed, kept, and shown."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest

from functions.payments.invariants.ledger import build_ledger
from functions.payments.invariants.refund_age import oldest_refund_hours, waiting_refunds
from shared import clock
from shared.db import table_scan
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.refund_actions import lose_dispute, refund_request_id
from tests.protocol.stored_state import breaches, ledger_totals, next_poll_at
from tests.protocol.sweep_actions import order_with_duplicate_captures, sweep_repeatedly


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
        for _ in range(3):
            shop.clock.advance(minutes=10)
            assert shop.sweep() == {"no_change": 1}
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
        assert list(refund_idempotency_keys) == [f"refund-{payment_id}-of-{PRICE - 10_000}"]

    def test_refund_request_of_full_amount_repeated_key_returns_same_result(
        self, admin: Api, paid_order_id: str
    ) -> None:
        first, again = refund(admin, paid_order_id, PRICE, "k"), refund(admin, paid_order_id, PRICE, "k")
        assert (first.status, again.status, again.json["payment"]["status"]) == (200, 200, "refund_pending")
        assert refund(admin, paid_order_id, PRICE - 1_000, "k").code == "idempotency_key_reused"


def set_balance(shop: Storefront, amount: int | None) -> None:
    """The balance of our account at Razorpay, from which it makes refunds; None is enough for everything."""
    shop.control("PATCH", "settings", {"balance": amount})


def shown_requests(admin: Api, order_id: str) -> list[dict[str, Any]]:
    """The refund requests of the order as an admin sees them, without their keys."""
    shown = admin.get(f"/api/payments/{order_id}").json["payment"]["refund_requests"]
    return [{name: value for name, value in each.items() if name != "key"} for each in shown]


class TestRejectedForNow:
    """Story 7: promises never disappear silently."""

    REQUEST: ClassVar[dict[str, Any]] = {"amount": 10_000, "refund_id": None, "failed": 0}

    def test_request_while_gateway_is_silent_and_then_without_balance_is_kept_and_made_later(
        self, shop: Storefront, student: Api, admin: Api, paid_order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        shop.control("POST", "faults", {"kind": "drop", "times": 3})
        set_balance(shop, 0)
        assert refund(admin, paid_order_id, 10_000, "click-1").status == 200
        assert shown_requests(admin, paid_order_id) == [{**self.REQUEST, "status": "open", "rejection": None}]
        assert shop.sweep() == {"recorded": 1}
        [shown] = shown_requests(admin, paid_order_id)
        assert (shown["status"], shop.payment(paid_order_id).status) == ("open", "captured")
        assert "does not have enough balance" in shown["rejection"]
        ledger = build_ledger(table_scan.scan_all(), clock.now() + timedelta(hours=2))
        assert (len(waiting_refunds(ledger)), oldest_refund_hours(ledger)) == (1, 2)
        version = shop.payment(paid_order_id).version
        for _ in range(12):
            shop.clock.advance(minutes=15)
            shop.sweep()
        assert shop.payment(paid_order_id).version == version, "the same rejection is recorded once"
        assert breaches(timedelta(hours=1)) == []
        set_balance(shop, None)
        shop.clock.advance(days=1)
        assert shop.sweep() == {"recorded": 1}
        assert list(refund_idempotency_keys) == [f"refund-{refund_request_id(paid_order_id, 'click-1')}"]
        [made] = shop.gateway.ledger.refunds
        assert shown_requests(admin, paid_order_id) == [
            {**self.REQUEST, "status": "made", "refund_id": made, "rejection": None}
        ]
        shop.clock.advance(minutes=20)
        shop.gateway.tick()
        shop.deliver()
        assert (ledger_totals(shop, paid_order_id), shop.states(student, paid_order_id)) == (
            (PRICE, 10_000),
            ("captured", "active"),
        )

    def test_request_without_balance_returns_200_with_the_reason_and_is_retried_less_and_less_often(
        self, shop: Storefront, admin: Api, paid_order_id: str, gateway_calls: list[str]
    ) -> None:
        set_balance(shop, 0)
        answer = refund(admin, paid_order_id, 10_000, "click-1")
        [shown] = answer.json["payment"]["refund_requests"]
        assert (answer.status, shown["status"]) == (200, "open")
        assert "does not have enough balance" in shown["rejection"]
        assert next_poll_at(shop.payment(paid_order_id)) == "23 12:15"
        gateway_calls.clear()
        for _ in range(3 * 24 * 4):
            shop.clock.advance(minutes=15)
            shop.sweep()
        attempts = [call for call in gateway_calls if call.startswith("POST")]
        assert len(attempts) == 16, "in three days, at growing distances"

    def test_repeated_request_is_tried_again_at_once(self, shop: Storefront, admin: Api, paid_order_id: str) -> None:
        set_balance(shop, 0)
        refund(admin, paid_order_id, 10_000, "click-1")
        set_balance(shop, None)
        answer = refund(admin, paid_order_id, 10_000, "click-1")
        [shown] = answer.json["payment"]["refund_requests"]
        assert (answer.status, shown["status"], len(shop.gateway.ledger.refunds)) == (200, "made", 1)

    @pytest.mark.parametrize("amount", [None, PRICE])
    def test_repeated_full_refund_is_tried_again_at_once(
        self, shop: Storefront, admin: Api, paid_order_id: str, amount: int | None
    ) -> None:
        set_balance(shop, 0)
        answer = refund(admin, paid_order_id, amount, "click-1")
        assert (answer.status, answer.json["payment"]["status"]) == (200, "refund_pending")
        assert "does not have enough balance" in answer.json["payment"]["refund_error"]
        set_balance(shop, None)
        answer = refund(admin, paid_order_id, amount, "click-1")
        assert (answer.status, [each["amount"] for each in answer.json["payment"]["refunds"]]) == (200, [PRICE])

    def test_failed_refund_of_request_is_known_and_tried_again_by_the_same_request(
        self, shop: Storefront, admin: Api, paid_order_id: str, refund_idempotency_keys: dict[str, Any]
    ) -> None:
        """No dead end between a failed refund and the next sweep."""
        shop.control("PATCH", "settings", {"refunds": "fail"})
        refund(admin, paid_order_id, 10_000, "click-1")
        shop.clock.advance(minutes=1)
        shop.gateway.tick()
        shop.deliver()
        answer = refund(admin, paid_order_id, 10_000, "click-1")
        [shown] = answer.json["payment"]["refund_requests"]
        assert (answer.status, shown["status"], shown["failed"]) == (200, "made", 1)
        name = refund_request_id(paid_order_id, "click-1")
        assert list(refund_idempotency_keys) == [f"refund-{name}", f"refund-{name}-1"]

    def test_duplicate_capture_that_cannot_be_refunded_waits_and_is_counted(
        self, shop: Storefront, student: Api
    ) -> None:
        set_balance(shop, 0)
        order_id, [duplicate] = order_with_duplicate_captures(shop, student)
        shop.sweep()
        sweep_repeatedly(shop, 30, days=1)
        assert "does not have enough balance" in shop.payment(order_id).surplus.as_dict()[duplicate]["refused"]
        ledger = build_ledger(table_scan.scan_all(), clock.now())
        assert (len(waiting_refunds(ledger)), oldest_refund_hours(ledger)) == (1, 720)
        set_balance(shop, None)
        sweep_repeatedly(shop, 2, days=2)
        assert ledger_totals(shop, order_id) == (2 * PRICE, PRICE)

    def test_rejected_request_does_not_delay_another(self, shop: Storefront, admin: Api, paid_order_id: str) -> None:
        set_balance(shop, 5_000)
        refund(admin, paid_order_id, 10_000, "click-1")
        answer = refund(admin, paid_order_id, 5_000, "click-2")
        statuses = {each["amount"]: each["status"] for each in answer.json["payment"]["refund_requests"]}
        assert statuses == {10_000: "open", 5_000: "made"}


class TestRejectedForGood:
    @pytest.fixture
    def mostly_refunded_order_id(self, shop: Storefront, admin: Api, paid_order_id: str) -> str:
        """A payment that was refunded in Razorpay's dashboard but for 9,900 paise; its list does not show that yet."""
        shop.control("POST", f"payments/{shop.payment(paid_order_id).payment_id}/refund", {"amount": 40_000})
        shop.control("POST", "faults", {"kind": "500", "method": "GET", "times": 3})
        assert refund(admin, paid_order_id, 20_000, "click-1").status == 200
        return paid_order_id

    def test_request_rejected_by_a_sweep_is_closed_and_shown(
        self, shop: Storefront, admin: Api, mostly_refunded_order_id: str
    ) -> None:
        assert shop.sweep() == {"recorded": 1}
        [shown] = shown_requests(admin, mostly_refunded_order_id)
        rejection = shown.pop("rejection")
        assert shown == {"amount": 20_000, "status": "rejected", "refund_id": None, "failed": 0}
        assert "greater than amount captured" in rejection
        [listed] = list(admin.get("/api/payments").json["items"])
        assert listed["refund_requests"][0]["status"] == "rejected"

    def test_closed_request_is_not_tried_again_and_blocks_no_other(
        self, shop: Storefront, admin: Api, mostly_refunded_order_id: str, gateway_calls: list[str]
    ) -> None:
        shop.sweep()
        gateway_calls.clear()
        again = refund(admin, mostly_refunded_order_id, 20_000, "click-1")
        assert (again.status, again.code) == (409, "refund_rejected")
        assert "greater than amount captured" in again.json["detail"]
        assert gateway_calls == []
        assert refund(admin, mostly_refunded_order_id).json["payment"]["status"] == "refund_pending"
        assert [each.amount for each in shop.gateway.ledger.refunds.values()] == [40_000, 9_900]

    def test_request_rejected_at_once_returns_409_and_is_kept(
        self, shop: Storefront, admin: Api, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Razorpay's list of refunds lags behind."""
        shop.control("POST", f"payments/{shop.payment(paid_order_id).payment_id}/refund", {"amount": 40_000})
        monkeypatch.setattr(razorpay, "fetch_refunds_of", lambda _: [])
        answer = refund(admin, paid_order_id, 20_000, "click-1")
        assert (answer.status, answer.code) == (409, "refund_rejected")
        assert [each["status"] for each in shown_requests(admin, paid_order_id)] == ["rejected"]
        assert shop.payment(paid_order_id).status == "captured"

    def test_learner_sees_no_requests(self, student: Api, mostly_refunded_order_id: str) -> None:
        shown = student.get(f"/api/payments/{mostly_refunded_order_id}").json["payment"]
        assert not {"refund_requests", "refund_error", "unresolved_payments"} & shown.keys()
