"""What `recover` counts, and which calls to Razorpay it does not need."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.payments.reconciliation.restore.recover import recover
from shared.errors import GatewayUnavailable
from shared.gateways import razorpay
from tests.fixtures.api import Api
from tests.fixtures.storefront import PRICE, Storefront, refund
from tests.fixtures.table_snapshot import restore, snapshot
from tests.protocol.reconciliation.purchases import buy, settle_refunds

NewUser = Callable[..., Api]


def unavailable(_: str) -> Any:
    raise GatewayUnavailable


def test_recover_counts_each_order_and_fetches_no_listed_one(
    shop: Storefront, new_user: NewUser, admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    learners = [new_user("student") for _ in range(6)]
    known = [buy(shop, each) for each in learners[:2]]
    taken, restored_to = snapshot(), shop.clock.now()
    shop.clock.advance(minutes=10)
    for order_id in known:
        assert refund(admin, order_id).status == 200
    settle_refunds(shop)
    for each in learners[2:4]:
        buy(shop, each)
    for each in learners[4:]:
        shop.create_order(each)
    restore(taken)
    monkeypatch.setattr(razorpay, "fetch_order", unavailable)
    recovery = recover(restored_to, lambda _: None)
    assert (recovery.updated, recovery.settled, recovery.adopted, recovery.failed) == (2, 4, 4, [])


def test_recover_paid_order_of_another_product_is_neither_settled_nor_failed(shop: Storefront) -> None:
    shop.pay(razorpay.create_order(PRICE, "INR", "theirs", {"stage": "prod"})["id"])
    recovery = recover(shop.clock.now(), lambda _: None)
    assert (recovery.settled, recovery.adopted, recovery.failed) == (0, 0, [])
