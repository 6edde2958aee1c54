"""The register of payments: what admins find, by status and time, page by page."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.dashboards import recount
from shared.db import keys, register, store
from shared.db.entities import PaymentListing
from tests.api import Api
from tests.shop import PRICE, Shop
from tests.tampering import tamper


@pytest.fixture
def sold(shop: Shop, new_user: Callable[..., Api], project: Callable[[], int]) -> list[str]:
    """Five orders, a minute apart, oldest first: the first two captured, the third refunded, two pending."""
    orders = []
    for _ in range(5):
        orders.append(str(shop.order(new_user("student"))["order_id"]))
        shop.time.pass_time(minutes=1)
    for order_id in orders[:3]:
        shop.pay(order_id)
    shop.deliver()
    project()
    assert new_user("admin").post(f"/api/payments/{orders[2]}/refund", {"reason": "asked"}).status == 200
    shop.time.pass_time(hours=1)
    shop.sweep()
    project()
    return orders


def listed(admin: Api, query: str = "") -> list[str]:
    reply = admin.get(f"/api/payments{query}")
    assert reply.status == 200, reply.text
    return [item["order_id"] for item in reply.json["items"]]


def test_all_payments_newest_first(admin: Api, sold: list[str], shop: Shop) -> None:
    reply = admin.get("/api/payments")
    assert [item["order_id"] for item in reply.json["items"]] == sold[::-1]
    first = reply.json["items"][-1]
    assert first["user_id"] == shop.payment(sold[0]).user_id
    assert (first["status"], first["amount"], first["captured_amount"]) == ("captured", PRICE, PRICE)
    assert reply.json["next_cursor"] is None


def test_those_of_a_status(admin: Api, sold: list[str], shop: Shop) -> None:
    expected = {order_id: shop.payment(order_id).status.value for order_id in sold}
    assert listed(admin, "?status=captured") == [sold[1], sold[0]]
    for status in set(expected.values()):
        found = listed(admin, f"?status={status}")
        assert found == [order_id for order_id in sold[::-1] if expected[order_id] == status]
    assert listed(admin, "?status=authorized") == []


def test_those_of_a_time(admin: Api, sold: list[str]) -> None:
    second_to_fourth = "since=2026-11-23T12:01:00Z&until=2026-11-23T17:33:00%2B05:30"
    assert listed(admin, f"?{second_to_fourth}") == sold[3:0:-1]
    assert listed(admin, f"?status=captured&{second_to_fourth}") == [sold[1]]
    assert listed(admin, "?until=2026-11-23T11:59:59Z") == []


@pytest.mark.parametrize("query", ["", "&status=captured"])
def test_page_by_page(admin: Api, sold: list[str], query: str) -> None:
    found: list[str] = []
    cursor = ""
    for _ in range(6):
        reply = admin.get(f"/api/payments?limit=1{query}{cursor}").json
        found += [item["order_id"] for item in reply["items"]]
        if reply["next_cursor"] is None:
            break
        cursor = f"&cursor={reply['next_cursor']}"
    assert found == listed(admin, f"?{query[1:]}")


def test_what_is_asked_wrongly_is_refused(admin: Api, student: Api, instructor: Api) -> None:
    for query in ("status=paid", "since=yesterday", "since=2026-11-23T12:00:00", "limit=0", "sort=oldest"):
        assert admin.get(f"/api/payments?{query}").status == 422, query
    assert admin.get("/api/payments?cursor=AAAA").code == "cursor_invalid"
    assert {student.get("/api/payments").status, instructor.get("/api/payments").status} == {403}
    assert Api().get("/api/payments").status == 401


def test_an_older_picture_never_replaces_a_newer_one(sold: list[str], shop: Shop) -> None:
    payment = shop.payment(sold[0])
    place = keys.payment_listing(payment.created_at, sold[0])
    entry: Any = store.get(PaymentListing, place)
    tamper(entry, version=payment.version + 1, status="refunded")
    register.refresh_payment(sold[0])
    again = store.get(PaymentListing, place)
    assert again is not None
    assert (again.version, again.status) == (payment.version + 1, "refunded")
    register.refresh_payment("order_AAAAAAAAAAAAAA")


def test_what_left_a_status_before_its_list_knew_is_left_out(admin: Api, sold: list[str], shop: Shop) -> None:
    tamper(shop.payment(sold[0]), status="refund_pending")
    assert listed(admin, "?status=captured") == [sold[1]]
    assert listed(admin)[-1] == sold[0]


def test_a_recount_holds_the_register_against_the_payments(sold: list[str], shop: Shop) -> None:
    assert recount.compare_counters().is_equal
    entry: Any = store.get(PaymentListing, keys.payment_listing(shop.payment(sold[0]).created_at, sold[0]))
    tamper(entry, gsi1pk="PAYMENTS#failed")
    assert len(recount.compare_counters().differences) == 2
    store.delete(keys.Key(entry.pk, entry.sk))
    assert len(recount.compare_counters().differences) == 1
