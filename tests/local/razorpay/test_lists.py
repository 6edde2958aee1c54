"""The lists of the account: expanded orders, and lists that lag, have small pages, or are out of order."""

from typing import Any

import pytest
from razorpay.errors import BadRequestError

from local.razorpay.state.account import Account
from tests.local.razorpay.in_process import START, InProcessRazorpay, new_razorpay


def item_ids(page: dict[str, Any]) -> list[str]:
    assert page["entity"] == "collection"
    assert page["count"] == len(page["items"])
    return [item["id"] for item in page["items"]]


def all_lists(account: InProcessRazorpay) -> list[list[str]]:
    client = account.client
    return [item_ids(page.all()) for page in (client.order, client.payment, client.refund, client.dispute)]


def test_list_orders_expands_payments() -> None:
    account = new_razorpay()
    unpaid, order = account.create_order(), account.create_order()
    failed = account.pay(order["id"], "failed")["razorpay_payment_id"]
    captured = account.pay(order["id"])["razorpay_payment_id"]
    with_payments, without = account.client.order.all({"expand[]": "payments"})["items"]
    assert item_ids(with_payments.pop("payments")) == [captured, failed]
    assert with_payments == account.client.order.fetch(order["id"])
    assert without == {**unpaid, "payments": {"entity": "collection", "count": 0, "items": []}}
    embedded = account.client.order.all({"expand[]": "payments"})["items"][0]["payments"]["items"][0]
    assert embedded == account.client.payment.fetch(captured)
    with pytest.raises(BadRequestError, match="payments"):
        account.client.order.all({"expand[]": "invoices"})


def test_lists_read_by_pages_of_a_hundred_within_a_period() -> None:
    account = new_razorpay()
    created = []
    for _ in range(103):
        created.append(account.create_order()["id"])
        account.fake.advance(1)
    period = {"from": START + 1, "to": START + 101, "count": 100}
    assert item_ids(account.client.order.all(period)) == created[101:1:-1]
    assert item_ids(account.client.order.all({**period, "skip": 100})) == [created[1]]
    assert item_ids(account.client.order.all({**period, "skip": 101})) == []


def test_lagging_lists_omit_young_entities_that_are_found_by_id() -> None:
    account = new_razorpay(account=Account(list_lag_seconds=30))
    order_id = account.create_order()["id"]
    account.fake.advance(29)
    payment_id = account.pay(order_id)["razorpay_payment_id"]
    refund_id = account.client.payment.refund(payment_id, {"amount": 500})["id"]
    dispute = account.control("POST", f"payments/{payment_id}/dispute", {"status": "created"})
    assert all_lists(account) == [[], [], [], []]
    account.fake.advance(1)
    assert all_lists(account) == [[order_id], [], [], []]
    assert account.client.order.all({"expand[]": "payments"})["items"][0]["payments"]["items"] == []
    assert item_ids(account.client.order.payments(order_id)) == [payment_id]
    assert item_ids(account.client.payment.fetch_multiple_refund(payment_id)) == [refund_id]
    assert account.client.payment.fetch(payment_id)["status"] == "captured"
    account.fake.advance(29)
    assert all_lists(account) == [[order_id], [payment_id], [refund_id], [dispute["id"]]]


def test_small_pages_have_fewer_items_than_requested() -> None:
    account = new_razorpay(account=Account(max_page_size=2))
    order_ids = [account.create_order()["id"] for _ in range(3)]
    assert item_ids(account.client.order.all({"count": 100})) == order_ids[:0:-1]
    assert item_ids(account.client.order.all({"count": 100, "skip": 2})) == order_ids[:1]


def test_lists_out_of_order_move_entities_of_one_second_between_pages() -> None:
    account = new_razorpay(account=Account(lists_out_of_order=True), seed=1)
    same_second = {account.create_order()["id"] for _ in range(4)}
    account.fake.advance(1)
    youngest = account.create_order()["id"]
    pages = [item_ids(account.client.order.all({"count": 3})) for _ in range(30)]
    assert all(youngest in page and len(set(page)) == 3 for page in pages)
    assert set().union(*pages) == same_second | {youngest}
    assert len({tuple(page) for page in pages}) > 10
    assert {page.index(youngest) for page in pages} == {0, 1, 2}


def test_list_settings_are_changed_by_the_control_api() -> None:
    account = new_razorpay()
    changes = {"list_lag_seconds": 1.5, "max_page_size": 7, "lists_out_of_order": True}
    assert account.control("PATCH", "settings", changes).items() >= changes.items()
    assert account.control("GET", "settings").items() >= changes.items()


@pytest.mark.parametrize(
    "changes",
    [{"list_lag_seconds": -1}, {"max_page_size": 0}, {"max_page_size": 2.5}, {"lists_out_of_order": 1}, {"pages": 3}],
)
def test_impossible_list_setting_is_rejected_and_changes_nothing(changes: dict[str, Any]) -> None:
    account = new_razorpay()
    account.control("PATCH", "settings", {"deduct_at_onset": True, **changes}, status=400)
    assert account.control("GET", "settings").items() >= {"deduct_at_onset": False, "max_page_size": 1_000}.items()
