"""Razorpay refunds no payment older than six months, however late its capture was learned of or accepted."""

from datetime import timedelta

import pytest

from shared.settlement.rules.request_rules import gateway_refunds_until
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.learner_requests.request_actions import ask, breaches, decide, set_terms, shown
from tests.protocol.refund_actions import record_manual_refund

PAID = PRICE - 20_000


@pytest.fixture
def late_order_id(shop: Storefront, student: Api, admin: Api) -> str:
    """An order whose payment was on hold for 175 days, until an admin accepted it."""
    order_id: str = shop.create_order(student)["order_id"]
    shop.pay(order_id, amount=PAID)
    shop.deliver()
    [payment_id] = shop.payment(order_id).surplus.as_dict()
    shop.clock.advance(days=175)
    accepted = admin.post(f"/api/payments/{order_id}/accept", {"payment_id": payment_id, "reason": "a friend"})
    assert accepted.status == 200, accepted.text
    return order_id


@pytest.mark.parametrize("approval", ["rule", "admin"])
def test_request_for_a_payment_accepted_late_is_refused_when_razorpay_refunds_it_no_more(
    shop: Storefront, student: Api, late_order_id: str, approval: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_terms(monkeypatch, days=30, approval=approval)
    terms = student.get(f"/api/payments/{late_order_id}").json["payment"]["refund_terms"]
    assert terms["until"] == "2027-05-22T12:00:00.000Z"
    shop.clock.advance(days=5, milliseconds=1)
    before = snapshot()
    reply = ask(student, late_order_id)
    assert (reply.status, reply.code) == (409, "refund_too_late")
    assert snapshot() == before
    assert student.get(f"/api/payments/{late_order_id}").json["payment"]["refund_terms"] is None
    assert shop.states(student, late_order_id) == ("captured", "active")


def test_request_in_the_last_moment_of_razorpay_is_approved_and_refunded(
    shop: Storefront, student: Api, late_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_terms(monkeypatch, days=30, approval="rule")
    shop.clock.advance(days=5)
    assert ask(student, late_order_id).json["payment"]["learner_request"]["state"] == "approved"
    shop.clock.advance(minutes=20)
    shop.gateway.tick()
    shop.deliver()
    shop.sweep()
    assert shop.states(student, late_order_id) == ("refunded", "cancelled")
    assert breaches() == []


def test_approval_of_a_payment_accepted_late_is_left_to_a_manual_refund(
    shop: Storefront, student: Api, admin: Api, late_order_id: str
) -> None:
    assert ask(student, late_order_id).status == 201
    shop.clock.advance(days=6)
    before = snapshot()
    reply = decide(admin, late_order_id)
    assert (reply.status, reply.code) == (409, "refund_too_late")
    assert snapshot() == before
    assert shop.states(student, late_order_id) == ("captured", "active")
    assert record_manual_refund(admin, late_order_id, PAID).status == 200
    request = shown(student, late_order_id)
    assert request
    assert (request["state"], request["closed_by"]) == ("closed", "refund")
    shop.sweep()
    assert breaches() == []


def test_admin_refund_of_a_payment_accepted_late_is_refused_after_six_months(
    shop: Storefront, student: Api, admin: Api, late_order_id: str
) -> None:
    shop.clock.advance(days=6)
    before = snapshot()
    for amount in (None, 10_000):
        reply = refund(admin, late_order_id, amount, "k")
        assert (reply.status, reply.code) == (409, "refund_too_late")
    assert snapshot() == before
    assert shop.states(student, late_order_id) == ("captured", "active")


def test_payment_of_an_order_adopted_late_is_as_old_as_the_window_of_its_order(
    shop: Storefront, student: Api, admin: Api, late_order_id: str
) -> None:
    """The order was learned of again long after it was created: its item here is younger than the order."""
    payment = shop.payment(late_order_id)
    tamper(payment, created_at=shop.clock.now())
    until = gateway_refunds_until(shop.payment(late_order_id))
    assert until == payment.window_ends_at + timedelta(days=180)
    shop.clock.advance(days=6)
    assert (refund(admin, late_order_id).status, refund(admin, late_order_id).code) == (409, "refund_too_late")
