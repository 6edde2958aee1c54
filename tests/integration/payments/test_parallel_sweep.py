"""The sweep's threads over a real engine: one connection, one session, one logger."""

from collections import Counter
from collections.abc import Callable

import pytest

from functions.payments.polling.sweep import sweep
from shared.db.payments.documents import receipts
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront
from tests.integration.payments.test_concurrency import run_concurrently

pytestmark = pytest.mark.usefixtures("consistent_ledgers")


@pytest.mark.parametrize("runs", [1, 3])
def test_parallel_sweeps_grant_each_paid_order_once_and_number_each_receipt_once(
    shop: Storefront, new_user: Callable[..., Api], runs: int
) -> None:
    """Authorized payments: each is polled and captured by calls of its own. Razorpay rejects the capture of the slower
    run, which defers the order."""
    learners = [new_user("student") for _ in range(24)]
    orders = [shop.create_order(each)["order_id"] for each in learners]
    for order_id in orders:
        shop.pay(order_id, "authorized", webhooks=False)
    shop.clock.advance(minutes=31)
    reports = run_concurrently(lambda _: sweep(), runs)
    assert {shop.states(*each) for each in zip(learners, orders, strict=True)} == {("captured", "active")}
    verdicts: Counter[str] = sum((Counter(report.verdicts) for report in reports), Counter())
    assert verdicts["granted"] == 24
    assert shop.control("GET", "statement")["captured"] == 24 * PRICE
    for _ in range(2):
        run_concurrently(lambda _: sweep(), runs)
    numbers = sorted(receipt.number for order_id in orders if (receipt := receipts.get(order_id)) and receipt.number)
    assert numbers == [f"L/26-27/{number:06d}" for number in range(1, 25)]
