"""Refunds that an admin requests."""

import pytest

from tests.fixtures.api import Api
from tests.fixtures.audit_log import audit_entries
from tests.fixtures.storefront import PRICE, Storefront, refund


@pytest.fixture
def captured_order_id(shop: Storefront, student: Api) -> str:
    """The order id of a captured payment."""
    order_id: str = shop.create_order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    return order_id


def poll_refunds(shop: Storefront) -> None:
    shop.clock.advance(minutes=16)
    shop.sweep()


def test_full_refund_ends_enrollment_and_is_idempotent(
    shop: Storefront, student: Api, admin: Api, captured_order_id: str
) -> None:
    first = refund(admin, captured_order_id)
    assert (first.status, first.json["payment"]["status"]) == (200, "refund_pending")
    assert (first.json["enrollment"]["status"], first.json["enrollment"]["reason"]) == ("cancelled", "refunded")
    again = refund(admin, captured_order_id)
    assert (again.status, again.json["payment"]["status"]) == (200, "refund_pending")
    poll_refunds(shop)
    assert shop.states(student, captured_order_id) == ("refunded", "cancelled")
    assert shop.payment(captured_order_id).refunded_amount == PRICE
    assert refund(admin, captured_order_id).json["payment"]["status"] == "refunded"
    assert shop.control("GET", "statement")["refunded"] == PRICE
    assert [(entry.action, entry.subject, entry.reason) for entry in audit_entries()] == [
        ("payment.refund", captured_order_id, "asked by mail")
    ]


def test_partial_refund_keeps_enrollment_and_counts_once_per_key(
    shop: Storefront, student: Api, admin: Api, captured_order_id: str
) -> None:
    assert refund(admin, captured_order_id, 10_000).code == "idempotency_key_required"
    first = refund(admin, captured_order_id, 10_000, "a")
    assert (first.status, first.json["payment"]["status"]) == (200, "captured")
    assert refund(admin, captured_order_id, 5_000, "b").status == 200
    assert refund(admin, captured_order_id, 10_000, "a").status == 200
    assert refund(admin, captured_order_id, 9_000, "a").code == "idempotency_key_reused"
    poll_refunds(shop)
    assert shop.states(student, captured_order_id) == ("captured", "active")
    assert shop.payment(captured_order_id).refunded_amount == 15_000
    assert shop.payment(captured_order_id).gsi2sk is None
    too_much = refund(admin, captured_order_id, PRICE - 14_999, "c")
    assert (too_much.status, too_much.code) == (409, "refund_too_large")
    rest = refund(admin, captured_order_id, PRICE - 15_000, "d")
    assert rest.json["payment"]["status"] == "refund_pending"
    poll_refunds(shop)
    assert shop.states(student, captured_order_id) == ("refunded", "cancelled")
    assert shop.control("GET", "statement")["refunded"] == PRICE


@pytest.mark.parametrize("kind", ["drop", "lose_response", "503"])
@pytest.mark.parametrize("amount", [None, 10_000])
def test_f38_c9_refund_with_lost_answer_is_completed_once_by_the_sweep(
    shop: Storefront, student: Api, admin: Api, captured_order_id: str, kind: str, amount: int | None
) -> None:
    shop.control("POST", "faults", {"kind": kind, "path": "/v1/payments/[^/]+/refund", "times": 1})
    assert refund(admin, captured_order_id, amount, "k").status == 200
    poll_refunds(shop)
    poll_refunds(shop)
    refunded_amount = amount or PRICE
    assert shop.payment(captured_order_id).refunded_amount == refunded_amount
    assert shop.control("GET", "statement")["refunded"] == refunded_amount
    assert shop.payment(captured_order_id).gsi2sk is None


def test_f40_failed_refund_is_retried_until_processed(
    shop: Storefront, student: Api, admin: Api, captured_order_id: str
) -> None:
    shop.control("PATCH", "settings", {"refunds": "fail"})
    refund(admin, captured_order_id)
    poll_refunds(shop)
    assert shop.payment(captured_order_id).status == "refund_pending"
    shop.control("PATCH", "settings", {"refunds": "process"})
    shop.clock.advance(hours=1)
    shop.sweep()
    shop.clock.advance(hours=1)
    shop.sweep()
    assert shop.states(student, captured_order_id) == ("refunded", "cancelled")
    assert shop.control("GET", "statement")["refunded"] == PRICE


def test_refund_of_uncaptured_or_unknown_order_is_rejected(shop: Storefront, student: Api, admin: Api) -> None:
    order_id = shop.create_order(student)["order_id"]
    assert refund(admin, order_id).code == "not_refundable"
    assert refund(admin, "order_AAAAAAAAAAAAAA").code == "order_not_found"
    assert refund(student, order_id).status == 403
    assert shop.states(student, order_id) == ("pending", "pending")
