"""Purchases before and after the moment of a restored table."""

from tests.fixtures.api import Api
from tests.fixtures.storefront import Storefront


def buy(shop: Storefront, learner: Api, course_id: str = "") -> str:
    """A paid order whose receipt has its number."""
    order_id: str = shop.create_order(learner, course_id)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    shop.sweep()
    shop.clock.advance(minutes=1)
    return order_id


def settle_refunds(shop: Storefront) -> None:
    for _ in range(3):
        shop.clock.advance(minutes=30)
        shop.gateway.tick()
        shop.deliver()
        shop.sweep()
