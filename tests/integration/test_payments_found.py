"""What the simulation found: the smallest story of each, on a real engine."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from shared.db import base
from shared.gateways import razorpay
from tests.api import Api
from tests.shop import PRICE, Shop


class LosesAnswers:
    """A database client whose next answers of an operation never arrive, though the work was done."""

    _request_signer = None

    def __init__(self, client: Any, operation: str, times: int) -> None:
        self.client = client
        self.operation = operation
        self.left = times

    def _make_api_call(self, operation: str, request: dict[str, Any]) -> Any:
        answer = self.client._make_api_call(operation, request)
        if operation == self.operation and self.left:
            self.left -= 1
            raise ReadTimeoutError(endpoint_url="http://127.0.0.1")
        return answer


def lose_answers(monkeypatch: pytest.MonkeyPatch, operation: str, times: int = 1) -> None:
    connection = base.table().connection
    monkeypatch.setattr(connection, "_client", LosesAnswers(connection.client, operation, times))


def test_a_committed_transaction_whose_answer_is_lost_is_asked_for_again(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's time-out has no response at all; reading its code must not end the request with a 500."""
    lose_answers(monkeypatch, "TransactWriteItems")
    opened = student.post("/api/payments/create-order", {"course_id": shop.course.course_id})
    assert opened.status == 201
    assert shop.states(student, opened.json["order_id"]) == ("pending", "pending")


def test_a_transaction_that_is_never_answered_says_so(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_answers(monkeypatch, "TransactWriteItems", times=100)
    reply = student.post("/api/payments/create-order", {"course_id": shop.course.course_id})
    assert (reply.status, reply.code) == (503, "store_unavailable")


def authorized_only(shop: Shop, student: Api) -> tuple[str, dict[str, str]]:
    order_id = shop.order(student)["order_id"]
    return order_id, shop.pay(order_id, "authorized")


def the_money_goes_back(shop: Shop) -> None:
    """The gateway returns what nobody captured for three days."""
    shop.time.pass_time(days=3, minutes=1)
    shop.gateway.tick()


def test_a_checkout_whose_money_went_back_does_not_open_the_course_again(shop: Shop, student: Api) -> None:
    order_id, checkout = authorized_only(shop, student)
    assert shop.verify(student, checkout).status == 200
    the_money_goes_back(shop)
    shop.sweep()
    assert shop.states(student, order_id) == ("failed", "cancelled")
    assert shop.verify(student, checkout).json["payment"]["status"] == "failed"
    assert shop.states(student, order_id) == ("failed", "cancelled")


def test_a_browser_that_first_comes_back_after_the_money_does_not_open_the_course(shop: Shop, student: Api) -> None:
    order_id, checkout = authorized_only(shop, student)
    the_money_goes_back(shop)
    shop.sweep()
    assert shop.verify(student, checkout).status == 200
    assert shop.states(student, order_id) == ("failed", "cancelled")


@pytest.mark.parametrize("first", ["payment.authorized", "refund.processed"])
def test_f42_webhooks_of_money_that_went_back_come_in_any_order(shop: Shop, student: Api, first: str) -> None:
    order_id, _ = authorized_only(shop, student)
    the_money_goes_back(shop)
    shop.deliver(first)
    shop.deliver()
    assert shop.enrollment(student).status.gives_access is False
    shop.sweep()
    assert shop.states(student, order_id) == ("failed", "cancelled")


def test_another_attempt_on_the_same_order_still_counts(shop: Shop, student: Api) -> None:
    order_id, _ = authorized_only(shop, student)
    the_money_goes_back(shop)
    shop.deliver()
    assert shop.verify(student, shop.pay(order_id)).status == 200
    shop.deliver()
    assert shop.states(student, order_id) == ("captured", "active")


def test_f20_a_checkout_does_not_open_what_was_paid_with_another_amount(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    checkout = shop.pay(order_id, amount=PRICE - 100)
    shop.deliver()
    assert shop.verify(student, checkout).json["payment"]["reason"] == "mismatch"
    assert shop.states(student, order_id) == ("failed", "cancelled")


def test_f20_a_checkout_that_was_believed_is_taken_back_when_the_amount_is_known(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    assert shop.verify(student, shop.pay(order_id, amount=PRICE - 100)).status == 200
    shop.deliver()
    assert (shop.payment(order_id).reason, shop.enrollment(student).status) == ("mismatch", "cancelled")
    version = shop.payment(order_id).version
    shop.deliver(again=True)
    assert shop.payment(order_id).version == version


def test_money_kept_for_an_admin_stays_listed_when_a_new_order_takes_its_place(shop: Shop, student: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id, amount=PRICE - 100)
    shop.deliver()
    shop.time.pass_time(minutes=31)
    assert shop.order(student)["order_id"] != order_id
    assert (shop.payment(order_id).status, shop.payment(order_id).reason) == ("failed", "mismatch")


def test_a_late_message_does_not_bring_a_failed_refund_back_under_way(shop: Shop, student: Api, admin: Api) -> None:
    order_id = shop.order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    shop.gateway.ledger.refund_outcome = "fail"
    assert admin.post(f"/api/payments/{order_id}/refund", {"reason": "asked for it"}).status == 200
    shop.time.pass_time(seconds=5)
    shop.gateway.tick()
    shop.deliver("refund.failed")
    shop.deliver("refund.created")
    assert [each["status"] for each in shop.payment(order_id).refunds.as_dict().values()] == ["failed"]


class Interrupted:
    """A database client: just before the n-th such operation of its user, something else happens."""

    _request_signer = None

    def __init__(self, client: Any, happens: Callable[[], object], operation: str, number: int) -> None:
        self.client = client
        self.happens = happens
        self.operation = operation
        self.left = number

    def _make_api_call(self, operation: str, request: dict[str, Any]) -> Any:
        if operation == self.operation:
            self.left -= 1
            if self.left == 0:
                self.happens()
        return self.client._make_api_call(operation, request)


def interrupt(
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[], object],
    operation: str = "TransactWriteItems",
    number: int = 1,
) -> None:
    connection = base.table().connection
    monkeypatch.setattr(connection, "_client", Interrupted(connection.client, happens, operation, number))


def test_money_captured_while_an_admin_takes_the_access_is_given_back(
    shop: Shop, student: Api, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id, checkout = authorized_only(shop, student)
    shop.verify(student, checkout)
    shop.control("POST", f"payments/{checkout['razorpay_payment_id']}/capture")
    interrupt(monkeypatch, lambda: shop.deliver("payment.captured"))
    body = {"user_id": student.user_id, "course_id": shop.course.course_id, "reason": "support"}
    assert admin.post("/api/enrollments/revoke", body).status == 200
    assert shop.states(student, order_id) == ("refund_pending", "cancelled")
    shop.sweep()
    shop.time.pass_time(minutes=16)
    shop.sweep()
    assert shop.payment(order_id).refunded_amount == PRICE


@pytest.mark.parametrize("last", ["payment.dispute.lost", "refund.processed"])
def test_an_order_adopted_by_another_message_between_two_facts_of_one_loses_neither(
    shop: Shop, student: Api, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """The capture met no order, the loss met one on which nothing was captured: the loss was acknowledged and lost."""
    notes = {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    if last == "refund.processed":
        shop.control("POST", f"payments/{payment_id}/refund")
        shop.time.pass_time(seconds=60)
        shop.gateway.tick()
    else:
        shop.control("POST", f"payments/{payment_id}/dispute", {"status": "lost"})
    interrupt(monkeypatch, lambda: shop.deliver("payment.authorized"), "GetItem", 2)
    assert [reply.status for reply in shop.deliver(last)] == [200]
    payment = shop.payment(order_id)
    assert (payment.status, payment.refunded_amount) == ("refunded", PRICE)
    assert shop.enrollment(student).status.gives_access is False
