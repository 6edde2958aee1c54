"""Creating an order: the call to Razorpay, the answers to its refusals, and what becomes of the order before."""

import json

import pytest

from shared import clock, ids
from shared.db.entities import User
from shared.db.table import keys, store
from shared.domain.lifecycle import StatusReason
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, put_published_course
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.stored_state import breaches, payment_history


def test_create_order_sends_amount_reference_and_notes_to_the_gateway(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    order_id = shop.create_order(student)["order_id"]
    payment = shop.payment(order_id)
    [call] = gateway_calls
    assert call.startswith("POST /v1/orders ")
    assert json.loads(call.removeprefix("POST /v1/orders ")) == {
        "amount": PRICE,
        "currency": "INR",
        "receipt": payment.receipt,
        "notes": {"stage": "local", "user_id": student.user_id, "course_id": shop.course.course_id},
        "payment_capture": 1,
    }
    assert payment.receipt.startswith("rcpt_")
    assert shop.gateway.ledger.orders[order_id].receipt == payment.receipt


def test_create_order_of_a_price_below_the_minimum_returns_409_and_writes_nothing(
    shop: Storefront, student: Api
) -> None:
    cheap = put_published_course(shop.course.instructor_id, amount=99)
    before = snapshot()
    reply = shop.request_order(student, cheap.course_id)
    assert (reply.status, reply.code) == (409, "amount_below_minimum")
    assert snapshot() == before


def test_create_order_rejected_for_another_reason_returns_503_and_writes_nothing(
    shop: Storefront, student: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ids, "receipt", lambda: "r" * 41)
    before = snapshot()
    reply = shop.request_order(student)
    assert (reply.status, reply.code) == (503, "payment_outcome_unknown")
    assert snapshot() == before


@pytest.mark.parametrize(("fault", "code"), [("429", "gateway_busy"), ("502", "payment_outcome_unknown")])
def test_create_order_without_an_answer_returns_503_and_writes_nothing(
    shop: Storefront, student: Api, fault: str, code: str
) -> None:
    shop.control("POST", "faults", {"kind": fault, "times": 9})
    before = snapshot()
    reply = shop.request_order(student)
    assert (reply.status, reply.code) == (503, code)
    assert snapshot() == before


def test_create_order_of_a_deleted_account_returns_401(shop: Storefront, student: Api) -> None:
    assert store.get(User, keys.user(student.user_id))
    store.delete(keys.user(student.user_id))
    assert shop.request_order(student).status == 401
    assert shop.gateway_order_ids() == []


def test_create_order_of_a_free_course_returns_409_without_a_call(
    shop: Storefront, student: Api, gateway_calls: list[str]
) -> None:
    free = put_published_course(shop.course.instructor_id, amount=0)
    reply = shop.request_order(student, free.course_id)
    assert (reply.status, reply.code) == (409, "course_free")
    assert gateway_calls == []


def test_create_order_again_in_the_window_returns_the_same_order(shop: Storefront, student: Api) -> None:
    first = shop.request_order(student)
    shop.clock.advance(minutes=29)
    again = shop.request_order(student)
    assert (first.status, again.status) == (201, 200)
    assert again.json["order_id"] == first.json["order_id"]
    assert len(shop.gateway_order_ids()) == 1


def test_create_order_after_the_window_supersedes_the_order_before(shop: Storefront, student: Api) -> None:
    first = shop.create_order(student)["order_id"]
    shop.clock.advance(minutes=30)
    second = shop.create_order(student)["order_id"]
    assert shop.gateway_order_ids() == [first, second]
    payment = shop.payment(first)
    assert (payment.status, payment.reason, payment.updated_at) == ("failed", "superseded", shop.clock.now())
    [(kind, source, _)] = payment_history(first)
    assert (kind, source) == ("superseded", "learner")
    assert (shop.enrollment(student).order_id, shop.enrollment(student).status) == (second, "pending")
    assert breaches() == []


def test_create_order_while_a_payment_is_on_hold_names_its_order(shop: Storefront, student: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    shop.pay(order_id, amount=PRICE - 100)
    shop.deliver()
    assert shop.enrollment(student).orders_on_hold == [order_id]
    reply = shop.request_order(student)
    assert (reply.status, reply.code) == (409, "payment_on_hold")
    assert reply.json["detail"] == f"a payment on {order_id} is on hold until it is accepted or refunded"


def test_create_order_after_an_unsuccessful_one_leaves_that_alone(shop: Storefront, student: Api) -> None:
    """It failed and expired: it is not pending, so nothing supersedes it."""
    first = shop.create_order(student)["order_id"]
    shop.clock.advance(days=9)
    shop.sweep()
    assert (shop.payment(first).status, shop.payment(first).reason) == ("failed", StatusReason.EXPIRED)
    steps = len(payment_history(first))
    second = shop.create_order(student)["order_id"]
    assert len(payment_history(first)) == steps
    assert shop.payment(second).gsi2sk is not None
    assert shop.payment(second).created_at == clock.now()
