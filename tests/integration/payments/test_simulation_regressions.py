"""Bugs that the simulation found, each as its smallest scenario on a real engine."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from shared.db.table import base
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront


class AnswerLosingClient:
    """A database client that loses the next `times` responses of an operation after it was executed."""

    _request_signer = None

    def __init__(self, client: Any, operation: str, times: int) -> None:
        self.client = client
        self.operation = operation
        self.remaining = times

    def _make_api_call(self, operation: str, request: dict[str, Any]) -> Any:
        answer = self.client._make_api_call(operation, request)
        if operation == self.operation and self.remaining:
            self.remaining -= 1
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
        return answer


def lose_answers(monkeypatch: pytest.MonkeyPatch, operation: str, times: int = 1) -> None:
    connection = base.table().connection
    monkeypatch.setattr(connection, "_client", AnswerLosingClient(connection.client, operation, times))


def test_create_order_with_lost_transaction_answer_retries_and_returns_201(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timeout of the SDK has no response; reading the error code of it must not end the request with a 500."""
    lose_answers(monkeypatch, "TransactWriteItems")
    opened = student.post("/api/payments/create-order", {"course_id": shop.course.course_id})
    assert opened.status == 201
    assert shop.states(student, opened.json["order_id"]) == ("pending", "pending")


def test_create_order_with_unanswered_transaction_returns_503(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_answers(monkeypatch, "TransactWriteItems", times=100)
    reply = student.post("/api/payments/create-order", {"course_id": shop.course.course_id})
    assert (reply.status, reply.code) == (503, "store_unavailable")


def pay_authorized_only(shop: Storefront, student: Api) -> tuple[str, dict[str, str]]:
    order_id = shop.create_order(student)["order_id"]
    return order_id, shop.pay(order_id, "authorized")


def void_authorization(shop: Storefront) -> None:
    """The gateway voids an authorization that is not captured for three days."""
    shop.clock.advance(days=3, minutes=1)
    shop.gateway.tick()


def test_verify_after_authorization_was_voided_does_not_reopen_the_course(shop: Storefront, student: Api) -> None:
    order_id, checkout = pay_authorized_only(shop, student)
    assert shop.verify(student, checkout).status == 200
    void_authorization(shop)
    shop.sweep()
    assert shop.states(student, order_id) == ("failed", "cancelled")
    assert shop.verify(student, checkout).json["payment"]["status"] == "failed"
    assert shop.states(student, order_id) == ("failed", "cancelled")


def test_first_verify_after_authorization_was_voided_does_not_open_the_course(shop: Storefront, student: Api) -> None:
    order_id, checkout = pay_authorized_only(shop, student)
    void_authorization(shop)
    shop.sweep()
    assert shop.verify(student, checkout).status == 200
    assert shop.states(student, order_id) == ("failed", "cancelled")


@pytest.mark.parametrize("first", ["payment.authorized", "refund.processed"])
def test_f42_voided_authorization_webhooks_in_any_order_leave_no_access(
    shop: Storefront, student: Api, first: str
) -> None:
    order_id, _ = pay_authorized_only(shop, student)
    void_authorization(shop)
    shop.deliver(first)
    shop.deliver()
    assert shop.enrollment(student).status.gives_access is False
    shop.sweep()
    assert shop.states(student, order_id) == ("failed", "cancelled")


def test_second_attempt_after_voided_authorization_activates_the_course(shop: Storefront, student: Api) -> None:
    order_id, _ = pay_authorized_only(shop, student)
    void_authorization(shop)
    shop.deliver()
    assert shop.verify(student, shop.pay(order_id)).status == 200
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")


def test_f20_verify_after_mismatched_capture_does_not_open_the_course(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    checkout = shop.pay(order_id, amount=PRICE - 100)
    shop.deliver()
    assert shop.verify(student, checkout).json["payment"]["reason"] == "mismatch"
    assert shop.states(student, order_id) == ("failed", "cancelled")


def test_f20_access_from_verify_is_revoked_when_captured_amount_mismatches(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    assert shop.verify(student, shop.pay(order_id, amount=PRICE - 100)).status == 200
    shop.deliver()
    assert (shop.payment(order_id).reason, shop.enrollment(student).status) == ("mismatch", "cancelled")
    version = shop.payment(order_id).version
    shop.deliver(redeliver=True)
    assert shop.payment(order_id).version == version


def test_mismatched_capture_on_hold_allows_no_new_order(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, amount=PRICE - 100)
    shop.deliver()
    shop.clock.advance(minutes=31)
    refused = shop.request_order(student)
    assert (refused.status, refused.code) == (409, "payment_on_hold")
    assert (shop.payment(order_id).status, shop.payment(order_id).reason) == ("failed", "mismatch")


def test_late_refund_created_event_does_not_reset_a_failed_refund(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    shop.gateway.ledger.refund_outcome = "fail"
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked for it"}).status == 200
    shop.clock.advance(seconds=5)
    shop.gateway.tick()
    shop.deliver("refund.failed")
    shop.deliver("refund.created")
    assert [each["status"] for each in shop.payment(order_id).refunds.as_dict().values()] == ["failed"]


class InterruptingClient:
    """A database client that calls `callback` just before the n-th operation of that name."""

    _request_signer = None

    def __init__(self, client: Any, happens: Callable[[], object], operation: str, number: int) -> None:
        self.client = client
        self.callback = happens
        self.operation = operation
        self.remaining = number

    def _make_api_call(self, operation: str, request: dict[str, Any]) -> Any:
        if operation == self.operation:
            self.remaining -= 1
            if self.remaining == 0:
                self.callback()
        return self.client._make_api_call(operation, request)


def interrupt(
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[], object],
    operation: str = "TransactWriteItems",
    number: int = 1,
) -> None:
    connection = base.table().connection
    monkeypatch.setattr(connection, "_client", InterruptingClient(connection.client, happens, operation, number))


def test_capture_during_admin_revocation_is_refunded(
    shop: Storefront, student: Api, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, checkout = pay_authorized_only(shop, student)
    shop.verify(student, checkout)
    shop.control("POST", f"payments/{checkout['razorpay_payment_id']}/capture")
    interrupt(monkeypatch, lambda: shop.deliver("payment.captured"))
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "support"}
    assert admin.post("/api/enrollments/revoke", body).status == 200
    assert shop.states(student, order_id) == ("refund_pending", "cancelled")
    shop.sweep()
    shop.clock.advance(minutes=16)
    shop.sweep()
    assert shop.payment(order_id).refunded_amount == PRICE


@pytest.mark.parametrize("last", ["payment.dispute.lost", "refund.processed"])
def test_order_adopted_between_two_pieces_of_evidence_loses_neither(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """The capture found no order, the reversal found one without a capture, and was acknowledged without effect."""
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    if last == "refund.processed":
        shop.control("POST", f"payments/{payment_id}/refund")
        shop.clock.advance(seconds=60)
        shop.gateway.tick()
    else:
        shop.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})
    interrupt(monkeypatch, lambda: shop.deliver("payment.authorized"), "GetItem", 2)
    assert [reply.status for reply in shop.deliver(last)] == [200]
    payment = shop.payment(order_id)
    assert (payment.status, payment.refunded_amount) == ("refunded", PRICE)
    assert shop.enrollment(student).status.gives_access is False
