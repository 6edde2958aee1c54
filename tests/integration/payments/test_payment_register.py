"""The register of payments: admins list all payments by status and time, in pages."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.dashboards.recount import compare
from functions.payments.checkout.adopt_order import Adoption, adopt_order
from shared.db.entities import PaymentListing
from shared.db.read_models import payment_register
from shared.db.table import keys, store
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.corruption import tamper
from tests.fixtures.storefront import PRICE, Storefront


@pytest.fixture
def five_orders(shop: Storefront, new_user: Callable[..., Api], run_projector: Callable[[], int]) -> list[str]:
    """Five orders, a minute apart, oldest first: the first two captured, the third refunded, two pending."""
    orders = []
    for _ in range(5):
        orders.append(str(shop.create_order(new_user("student"))["order_id"]))
        shop.clock.advance(minutes=1)
    for order_id in orders[:3]:
        shop.pay(order_id)
    shop.deliver()
    run_projector()
    assert new_user("admin").post(f"/api/payments/{orders[2]}/refund", {"reason": "asked"}).status == 200
    shop.clock.advance(hours=1)
    shop.sweep()
    run_projector()
    return orders


def list_order_ids(admin: Api, query: str = "") -> list[str]:
    reply = admin.get(f"/api/payments{query}")
    assert reply.status == 200, reply.text
    return [item["order_id"] for item in reply.json["items"]]


def test_list_payments_returns_all_newest_first(admin: Api, five_orders: list[str], shop: Storefront) -> None:
    reply = admin.get("/api/payments")
    assert [item["order_id"] for item in reply.json["items"]] == five_orders[::-1]
    first = reply.json["items"][-1]
    assert first["user_id"] == shop.payment(five_orders[0]).user_id
    assert (first["status"], first["amount"], first["captured_amount"]) == ("captured", PRICE, PRICE)
    assert reply.json["next_cursor"] is None


def test_list_payments_by_status_returns_only_that_status(admin: Api, five_orders: list[str], shop: Storefront) -> None:
    expected = {order_id: shop.payment(order_id).status.value for order_id in five_orders}
    assert list_order_ids(admin, "?status=captured") == [five_orders[1], five_orders[0]]
    for status in set(expected.values()):
        found = list_order_ids(admin, f"?status={status}")
        assert found == [order_id for order_id in five_orders[::-1] if expected[order_id] == status]
    assert list_order_ids(admin, "?status=authorized") == []


def test_list_payments_by_time_range_includes_both_ends(admin: Api, five_orders: list[str]) -> None:
    second_to_fourth = "since=2026-11-23T12:01:00Z&until=2026-11-23T17:33:00%2B05:30"
    assert list_order_ids(admin, f"?{second_to_fourth}") == five_orders[3:0:-1]
    assert list_order_ids(admin, f"?status=captured&{second_to_fourth}") == [five_orders[1]]
    assert list_order_ids(admin, "?until=2026-11-23T11:59:59Z") == []


@pytest.mark.parametrize("query", ["", "&status=captured"])
def test_list_payments_pages_return_every_payment_once(admin: Api, five_orders: list[str], query: str) -> None:
    found: list[str] = []
    cursor = ""
    for _ in range(6):
        reply = admin.get(f"/api/payments?limit=1{query}{cursor}").json
        found += [item["order_id"] for item in reply["items"]]
        if reply["next_cursor"] is None:
            break
        cursor = f"&cursor={reply['next_cursor']}"
    assert found == list_order_ids(admin, f"?{query[1:]}")


def test_list_payments_with_invalid_query_or_role_is_rejected(admin: Api, student: Api, instructor: Api) -> None:
    for query in ("status=paid", "since=yesterday", "since=2026-11-23T12:00:00", "limit=0", "sort=oldest"):
        assert admin.get(f"/api/payments?{query}").status == 422, query
    assert admin.get("/api/payments?cursor=AAAA").code == "cursor_invalid"
    assert {student.get("/api/payments").status, instructor.get("/api/payments").status} == {403}
    assert Api().get("/api/payments").status == 401


def test_payment_listing_is_not_overwritten_by_an_older_version(five_orders: list[str], shop: Storefront) -> None:
    payment = shop.payment(five_orders[0])
    place = keys.payment_listing(payment.created_at, five_orders[0])
    entry: Any = store.get(PaymentListing, place)
    tamper(entry, version=payment.version + 1, status="refunded")
    payment_register.refresh_payment(five_orders[0])
    again = store.get(PaymentListing, place)
    assert again is not None
    assert (again.version, again.status) == (payment.version + 1, "refunded")
    payment_register.refresh_payment("order_AAAAAAAAAAAAAA")


def test_list_payments_by_status_omits_rows_whose_status_changed_since(
    admin: Api, five_orders: list[str], shop: Storefront
) -> None:
    tamper(shop.payment(five_orders[0]), status="refund_pending")
    assert list_order_ids(admin, "?status=captured") == [five_orders[1]]
    assert list_order_ids(admin)[-1] == five_orders[0]


def test_recount_reports_wrong_and_missing_payment_listings(five_orders: list[str], shop: Storefront) -> None:
    assert compare.compare_counters().is_equal
    entry: Any = store.get(
        PaymentListing, keys.payment_listing(shop.payment(five_orders[0]).created_at, five_orders[0])
    )
    tamper(entry, gsi1pk="PAYMENTS#failed")
    assert len(compare.compare_counters().differences) == 2
    store.delete(keys.Key(entry.pk, entry.sk))
    assert len(compare.compare_counters().differences) == 1


def test_f56_orphaned_order_is_adopted_and_listed_for_admins(
    shop: Storefront, student: Api, admin: Api, run_projector: Callable[[], int]
) -> None:
    """The counters of the unknown instructor and course are projected, too."""
    course_id = "crs_01J00000000000000000000001"
    notes = {"stage": "local", "user_id": student.user_id, "course_id": course_id}
    order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
    assert adopt_order(order_id) is Adoption.ADOPTED
    run_projector()
    [listed] = admin.get("/api/payments?status=pending").json["items"]
    assert (listed["order_id"], listed["reason"], listed["course_id"]) == (order_id, "orphaned", course_id)
    assert (listed["user_id"], listed["amount"], listed["captured_amount"]) == (student.user_id, PRICE, 0)
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    assert {reply.status for reply in shop.deliver()} == {200}
    run_projector()
    [listed] = admin.get("/api/payments?status=failed").json["items"]
    assert (listed["order_id"], listed["reason"], listed["captured_amount"]) == (order_id, "orphaned", 0)
    [held] = listed["on_hold"]
    assert (held["payment_id"], held["amount"], held["state"]) == (payment_id, PRICE, "on_hold")
    assert compare.compare_counters().differences == []
