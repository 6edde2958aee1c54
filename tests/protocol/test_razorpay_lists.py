"""Lists of Razorpay that lag, have small pages, or are out of order; and what each list costs in requests."""

import pytest

from shared import ids
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from tests.fixtures.storefront import Storefront

START = 1_700_000_000
YEAR = 366 * 86_400


def new_orders(shop: Storefront, count: int) -> list[str]:
    """The ids of new orders at Razorpay, oldest first."""
    return [str(razorpay.create_order(10_000, "INR", ids.receipt(), {})["id"]) for _ in range(count)]


def paid_orders(shop: Storefront, count: int) -> dict[str, str]:
    """Order id > payment id of new captured payments."""
    return {order_id: shop.pay(order_id)["razorpay_payment_id"] for order_id in new_orders(shop, count)}


def period(shop: Storefront) -> tuple[int, int]:
    now = int(shop.gateway.clock.now())
    return now - YEAR, now


def test_list_orders_with_payments_embeds_the_attempts(shop: Storefront, gateway_calls: list[str]) -> None:
    (order_id, payment_id), *_ = paid_orders(shop, 1).items()
    gateway_calls.clear()
    (order,) = razorpay.list_orders_with_payments(*period(shop))
    assert (order["id"], [attempt["id"] for attempt in order["payments"]["items"]]) == (order_id, [payment_id])
    since, until = period(shop)
    query = f"from={since}&to={until}&expand%5B%5D=payments&count=100"
    assert gateway_calls == [f"GET /v1/orders?{query}&skip=0", f"GET /v1/orders?{query}&skip=1"]


@pytest.mark.parametrize(("max_page_size", "requests"), [(1_000, 3), (30, 5), (100, 3)])
def test_list_reads_every_page_until_an_empty_one(
    shop: Storefront, gateway_calls: list[str], max_page_size: int, requests: int
) -> None:
    payments = paid_orders(shop, 101)
    shop.gateway.ledger.account.max_page_size = max_page_size
    gateway_calls.clear()
    assert {payment["id"] for payment in razorpay.list_payments(*period(shop))} == set(payments.values())
    assert len(gateway_calls) == requests


def test_lists_out_of_order_are_read_completely_and_once(shop: Storefront) -> None:
    paid_orders(shop, 40)
    shop.gateway.ledger.list_order.seed(1)
    account = shop.gateway.ledger.account
    account.max_page_size, account.lists_out_of_order = 15, True
    read = [payment["id"] for payment in razorpay.list_payments(*period(shop))]
    assert len(read) == len(set(read))
    # All 40 were made in one second, and change their places from request to request: a few may be missed.
    assert len(read) >= 36


def test_lagging_list_has_the_order_but_not_yet_its_payment(shop: Storefront) -> None:
    (order_id,) = new_orders(shop, 1)
    shop.clock.advance(seconds=60)
    payment_id = shop.pay(order_id)["razorpay_payment_id"]
    shop.gateway.ledger.account.list_lag_seconds = 30
    (listed,) = razorpay.list_orders_with_payments(*period(shop))
    assert listed["payments"]["items"] == []
    assert [attempt["id"] for attempt in razorpay.fetch_payments_of(order_id)] == [payment_id]
    shop.clock.advance(seconds=30)
    (listed,) = razorpay.list_orders_with_payments(*period(shop))
    assert [attempt["id"] for attempt in listed["payments"]["items"]] == [payment_id]


def test_fetch_refunds_of_costs_one_request_without_refunds_and_two_with(
    shop: Storefront, gateway_calls: list[str]
) -> None:
    (payment_id,) = paid_orders(shop, 1).values()
    gateway_calls.clear()
    assert razorpay.fetch_refunds_of(payment_id) == []
    assert len(gateway_calls) == 1
    refunded = razorpay.refund(payment_id, 1_000, "refund-00001", {"request": "k1"})
    gateway_calls.clear()
    assert razorpay.fetch_refunds_of(payment_id) == [refunded]
    assert len(gateway_calls) == 2


def test_fetch_payments_of_asks_again_when_the_first_page_may_be_a_part(
    shop: Storefront, gateway_calls: list[str]
) -> None:
    (order_id,) = new_orders(shop, 1)
    for attempts, requests in ((9, 1), (10, 2)):
        while len(shop.gateway.ledger.payments) < attempts:
            shop.pay(order_id, "failed")
        gateway_calls.clear()
        assert len({payment["id"] for payment in razorpay.fetch_payments_of(order_id)}) == attempts
        assert len(gateway_calls) == requests
    assert gateway_calls[-1] == f"GET /v1/orders/{order_id}/payments?count=100&skip=10"


def test_refund_notes_are_listed_and_part_of_the_idempotent_request(shop: Storefront) -> None:
    (payment_id,) = paid_orders(shop, 1).values()
    refunded = razorpay.refund(payment_id, 1_000, "refund-00001", {"request": "k1"})
    assert refunded["notes"] == {"request": "k1"}
    assert razorpay.refund(payment_id, 1_000, "refund-00001", {"request": "k1"})["id"] == refunded["id"]
    assert [refund["notes"] for refund in razorpay.list_refunds(*period(shop))] == [{"request": "k1"}]
    with pytest.raises(GatewayRejected, match="Different request with the same idempotency key"):
        razorpay.refund(payment_id, 1_000, "refund-00001", {"request": "k2"})
    assert razorpay.refund(payment_id, 1_000, "refund-00002")["notes"] == []


def dispute(shop: Storefront) -> str:
    (payment_id,) = paid_orders(shop, 1).values()
    dispute_id: str = shop.control("POST", f"payments/{payment_id}/dispute", {"status": "created"})["id"]
    shop.clock.advance(days=1)
    return dispute_id


def test_list_disputes_reads_all_without_a_period(shop: Storefront, gateway_calls: list[str]) -> None:
    dispute_ids = [dispute(shop) for _ in range(3)]
    gateway_calls.clear()
    assert [item["id"] for item in razorpay.list_disputes()] == dispute_ids[::-1]
    assert gateway_calls == ["GET /v1/disputes?count=100&skip=0", "GET /v1/disputes?count=100&skip=3"]
    assert razorpay.fetch_dispute(dispute_ids[0])["status"] == "lost"


def test_list_disputes_of_a_period_stops_at_a_page_of_older_ones(shop: Storefront, gateway_calls: list[str]) -> None:
    shop.gateway.ledger.account.max_page_size = 2
    dispute_ids = [dispute(shop) for _ in range(6)]
    now = int(shop.gateway.clock.now())
    gateway_calls.clear()
    day = 86_400
    assert [item["id"] for item in razorpay.list_disputes(now - 3 * day, now - 2 * day)] == dispute_ids[4:2:-1]
    assert [call[-6:] for call in gateway_calls] == ["skip=0", "skip=2", "skip=4"]


def test_list_settlements_names_amount_and_utr(shop: Storefront) -> None:
    paid_orders(shop, 1)
    assert list(razorpay.list_settlements(*period(shop))) == []
    shop.clock.advance(days=3)
    (settlement,) = razorpay.list_settlements(*period(shop))
    assert (settlement["amount"], settlement["fees"], settlement["status"]) == (9_764, 0, "processed")
    assert settlement["utr"]
