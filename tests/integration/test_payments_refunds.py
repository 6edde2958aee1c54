"""Refunds that an admin asks for."""

import pytest

from shared.db import store
from tests.api import Api
from tests.shop import PRICE, Shop, refund


@pytest.fixture
def paid(shop: Shop, student: Api) -> str:
    """The order id of a captured payment."""
    order_id: str = shop.order(student)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    return order_id


def settle_refunds(shop: Shop) -> None:
    shop.time.pass_time(minutes=16)
    shop.sweep()


def test_a_whole_refund_ends_the_enrollment_and_again_is_the_same(
    shop: Shop, student: Api, admin: Api, paid: str
) -> None:
    first = refund(admin, paid)
    assert (first.status, first.json["payment"]["status"]) == (200, "refund_pending")
    assert (first.json["enrollment"]["status"], first.json["enrollment"]["reason"]) == ("cancelled", "refunded")
    again = refund(admin, paid)
    assert (again.status, again.json["payment"]["status"]) == (200, "refund_pending")
    settle_refunds(shop)
    assert shop.states(student, paid) == ("refunded", "cancelled")
    assert shop.payment(paid).refunded_amount == PRICE
    assert refund(admin, paid).json["payment"]["status"] == "refunded"
    assert shop.control("GET", "books")["refunded"] == PRICE
    audit = store.query_all("AUDIT#2026-11")
    assert [(each.action, each.subject, each.reason) for each in audit] == [("payment.refund", paid, "asked by mail")]


def test_a_part_leaves_the_course_open_and_its_key_counts_once(shop: Shop, student: Api, admin: Api, paid: str) -> None:
    assert refund(admin, paid, 10_000).code == "idempotency_key_required"
    first = refund(admin, paid, 10_000, "a")
    assert (first.status, first.json["payment"]["status"]) == (200, "captured")
    assert refund(admin, paid, 5_000, "b").status == 200
    assert refund(admin, paid, 10_000, "a").status == 200
    assert refund(admin, paid, 9_000, "a").code == "idempotency_key_reused"
    settle_refunds(shop)
    assert shop.states(student, paid) == ("captured", "active")
    assert shop.payment(paid).refunded_amount == 15_000
    assert shop.payment(paid).gsi2sk is None
    too_much = refund(admin, paid, PRICE - 14_999, "c")
    assert (too_much.status, too_much.code) == (409, "refund_too_large")
    rest = refund(admin, paid, PRICE - 15_000, "d")
    assert rest.json["payment"]["status"] == "refund_pending"
    settle_refunds(shop)
    assert shop.states(student, paid) == ("refunded", "cancelled")
    assert shop.control("GET", "books")["refunded"] == PRICE


@pytest.mark.parametrize("kind", ["drop", "lose_answer", "503"])
@pytest.mark.parametrize("amount", [None, 10_000])
def test_f38_c9_a_refund_whose_answer_is_lost_is_done_once_by_the_sweep(
    shop: Shop, student: Api, admin: Api, paid: str, kind: str, amount: int | None
) -> None:
    shop.control("POST", "faults", {"kind": kind, "path": "/v1/payments/[^/]+/refund", "times": 1})
    assert refund(admin, paid, amount, "k").status == 200
    settle_refunds(shop)
    settle_refunds(shop)
    given = amount or PRICE
    assert shop.payment(paid).refunded_amount == given
    assert shop.control("GET", "books")["refunded"] == given
    assert shop.payment(paid).gsi2sk is None


def test_f40_a_refund_that_failed_is_tried_again(shop: Shop, student: Api, admin: Api, paid: str) -> None:
    shop.control("PATCH", "settings", {"refunds": "fail"})
    refund(admin, paid)
    settle_refunds(shop)
    assert shop.payment(paid).status == "refund_pending"
    shop.control("PATCH", "settings", {"refunds": "process"})
    shop.time.pass_time(hours=1)
    shop.sweep()
    shop.time.pass_time(hours=1)
    shop.sweep()
    assert shop.states(student, paid) == ("refunded", "cancelled")
    assert shop.control("GET", "books")["refunded"] == PRICE


def test_only_captured_money_of_a_known_order_is_given_back(shop: Shop, student: Api, admin: Api) -> None:
    order_id = shop.order(student)["order_id"]
    assert refund(admin, order_id).code == "not_refundable"
    assert refund(admin, "order_AAAAAAAAAAAAAA").code == "order_not_found"
    assert refund(student, order_id).status == 403
    assert shop.states(student, order_id) == ("pending", "pending")
