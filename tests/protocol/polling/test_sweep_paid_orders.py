"""The sweep finds payments whose webhooks were lost."""

import pytest

from tests.fixtures.api import Api
from tests.fixtures.memory_dynamodb.client import MemoryDynamoDb
from tests.fixtures.storefront import PRICE, Storefront
from tests.protocol.stored_state import next_poll_at, payment_history
from tests.protocol.sweep_actions import run_sweep, sweep_report


class TestPaidOrder:
    def test_sweep_captured_payment_grants_access(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id)
        gateway_calls.clear()
        shop.clock.advance(minutes=5)
        assert run_sweep() == sweep_report(processed=1, verdicts={"granted": 1})
        assert shop.states(student, order_id) == ("captured", "active")
        assert gateway_calls == [f"GET /v1/orders/{order_id}/payments"], "Razorpay reports no refund of it"
        assert [step[:2] for step in payment_history(order_id)] == [("Captured", "sweep")]
        assert run_sweep() == sweep_report(processed=1, receipts=1)

    def test_sweep_capture_after_failed_attempt_grants_access(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id, "failed")
        paid = shop.pay(order_id)["razorpay_payment_id"]
        shop.clock.advance(minutes=5)
        assert run_sweep() == sweep_report(processed=1, verdicts={"granted": 1})
        assert shop.payment(order_id).payment_id == paid

    @pytest.mark.parametrize("refunded", ["first", "second"])
    def test_sweep_two_captures_unrefunded_one_becomes_primary(
        self, shop: Storefront, student: Api, refunded: str
    ) -> None:
        """Razorpay documents one payment per order. If it captures two, one becomes the primary capture."""
        order_id = shop.create_order(student)["order_id"]
        second = shop.pay(order_id, "created")["razorpay_payment_id"]
        first = shop.pay(order_id)["razorpay_payment_id"]
        shop.control("POST", f"payments/{second}/late_authorize", {"capture": True, "even_if_paid": True})
        gone, stays = (first, second) if refunded == "first" else (second, first)
        shop.control("POST", f"payments/{gone}/refund")
        shop.clock.advance(minutes=5)
        assert run_sweep()["processed"] == 1
        payment = shop.payment(order_id)
        assert (payment.status, payment.payment_id, list(payment.surplus.as_dict())) == ("captured", stays, [gone])

    def test_sweep_capture_with_refund_records_both(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        paid = shop.pay(order_id)["razorpay_payment_id"]
        made = shop.control("POST", f"payments/{paid}/refund", {"amount": 10_000})
        shop.control("POST", f"refunds/{made['id']}/process")
        shop.clock.advance(minutes=5)
        assert run_sweep() == sweep_report(processed=1, verdicts={"recorded": 1})
        assert [step[:2] for step in payment_history(order_id)] == [("Captured", "sweep"), ("Refunded", "sweep")]
        assert shop.payment(order_id).refunded_amount == 10_000
        assert shop.states(student, order_id) == ("captured", "active")

    def test_sweep_authorized_payment_is_captured(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        checkout = shop.pay(order_id, "authorized")
        shop.verify(student, checkout)
        gateway_calls.clear()
        shop.clock.advance(minutes=15)
        assert run_sweep() == sweep_report(processed=1, verdicts={"captured": 1})
        paid = checkout["razorpay_payment_id"]
        body = f'{{"currency": "INR", "amount": {PRICE}}}'
        assert gateway_calls == [f"GET /v1/orders/{order_id}/payments", f"POST /v1/payments/{paid}/capture {body}"]
        assert shop.control("GET", "statement")["captured"] == PRICE
        [_, captured] = payment_history(order_id)
        assert captured[:2] == ("Captured", "sweep")
        assert (captured[2]["payment_id"], captured[2]["captured_amount"]) == (paid, PRICE)

    def test_sweep_mismatched_authorization_is_not_captured_and_polled_in_a_day(
        self, shop: Storefront, student: Api, gateway_calls: list[str]
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        shop.pay(order_id, "authorized", amount=PRICE - 1)
        gateway_calls.clear()
        shop.clock.advance(minutes=5)
        assert run_sweep() == sweep_report(processed=1, verdicts={"on_hold": 1})
        assert gateway_calls == [f"GET /v1/orders/{order_id}/payments"]
        assert shop.states(student, order_id) == ("pending", "pending")
        assert (shop.payment(order_id).reason, next_poll_at(shop.payment(order_id))) == ("mismatch", "24 12:05")

    def test_sweep_voided_authorization_revokes_access(self, shop: Storefront, student: Api) -> None:
        order_id = shop.create_order(student)["order_id"]
        checkout = shop.pay(order_id, "authorized")
        shop.verify(student, checkout)
        shop.clock.advance(days=6)
        shop.gateway.tick()
        assert run_sweep() == sweep_report(processed=1, verdicts={"revoked": 1}, oldest_due_seconds=6 * 86_400 - 900)
        assert shop.states(student, order_id) == ("failed", "cancelled")
        payment = shop.payment(order_id)
        assert (payment.reason, payment.returned_payment_ids) == ("not_captured", [checkout["razorpay_payment_id"]])

    def test_sweep_authorization_failed_at_gateway_revokes_access(self, shop: Storefront, student: Api) -> None:
        """Razorpay no longer reports the attempt as authorized: it failed."""
        order_id = shop.create_order(student)["order_id"]
        checkout = shop.pay(order_id, "authorized")
        shop.verify(student, checkout)
        shop.gateway.ledger.payments[checkout["razorpay_payment_id"]].status = "failed"
        shop.clock.advance(minutes=15)
        assert run_sweep() == sweep_report(processed=1, verdicts={"revoked": 1})
        assert [step[:2] for step in payment_history(order_id)][-1] == ("NotCaptured", "sweep")
        assert shop.payment(order_id).returned_payment_ids == [checkout["razorpay_payment_id"]]

    def test_sweep_unseen_voided_authorization_is_recorded_and_order_expires(
        self, shop: Storefront, student: Api
    ) -> None:
        order_id = shop.create_order(student)["order_id"]
        gone = shop.pay(order_id, "authorized")["razorpay_payment_id"]
        shop.clock.advance(days=6)
        shop.gateway.tick()
        assert run_sweep() == sweep_report(processed=1, verdicts={"expired": 1}, oldest_due_seconds=6 * 86_400 - 300)
        assert [step[0] for step in payment_history(order_id)] == ["NotCaptured", "NothingPaid"]
        assert shop.payment(order_id).returned_payment_ids == [gone]

    def test_sweep_capture_delivered_meanwhile_is_known(
        self, shop: Storefront, student: Api, dynamodb: MemoryDynamoDb
    ) -> None:
        shop.pay(shop.create_order(student)["order_id"])
        shop.clock.advance(minutes=5)
        dynamodb.run_before("GetItem", lambda: shop.deliver("payment.captured"))
        assert run_sweep() == sweep_report(processed=1, verdicts={"no_change": 1})
