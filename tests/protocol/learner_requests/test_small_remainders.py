"""Less than a rupee is left of a payment: Razorpay does not refund that."""

import pytest

from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront
from tests.fixtures.table_snapshot import snapshot
from tests.protocol.learner_requests.request_actions import ask, breaches, decide, set_terms, shown
from tests.protocol.refund_actions import process_refunds


def refund_all_but(shop: Storefront, order_id: str, rest: int) -> None:
    """In Razorpay's dashboard."""
    shop.control("POST", f"payments/{shop.payment(order_id).payment_id}/refund", {"amount": PRICE - rest})
    process_refunds(shop)


@pytest.mark.parametrize("approval", ["rule", "admin"])
def test_request_for_less_than_a_rupee_returns_409_and_the_access_continues(
    shop: Storefront, student: Api, paid_order_id: str, monkeypatch: pytest.MonkeyPatch, approval: str
) -> None:
    set_terms(monkeypatch, approval=approval)
    refund_all_but(shop, paid_order_id, 99)
    before = snapshot()
    reply = ask(student, paid_order_id)
    assert (reply.status, reply.code) == (409, "refund_too_small")
    assert snapshot() == before
    assert shop.states(student, paid_order_id) == ("captured", "active")
    assert student.get(f"/api/payments/{paid_order_id}").json["payment"]["refund_terms"] is None


def test_rupee_that_is_left_is_refunded_by_the_rule(
    shop: Storefront, student: Api, paid_order_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_terms(monkeypatch, approval="rule")
    refund_all_but(shop, paid_order_id, 100)
    assert ask(student, paid_order_id).status == 201
    process_refunds(shop)
    assert shop.states(student, paid_order_id) == ("refunded", "cancelled")


def test_open_request_of_which_less_than_a_rupee_is_left_is_declined_but_not_approved(
    shop: Storefront, student: Api, admin: Api, paid_order_id: str
) -> None:
    ask(student, paid_order_id)
    refund_all_but(shop, paid_order_id, 50)
    before = snapshot()
    reply = decide(admin, paid_order_id)
    assert (reply.status, reply.code) == (409, "refund_too_small")
    assert snapshot() == before
    assert decide(admin, paid_order_id, "decline").status == 200
    request = shown(student, paid_order_id)
    assert request
    assert request["state"] == "declined"
    assert shop.states(student, paid_order_id) == ("captured", "active")
    assert breaches() == []
