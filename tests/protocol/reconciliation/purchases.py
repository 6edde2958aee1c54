"""Purchases that the tests of reconciliation and recovery begin with."""

from shared.db.read_models import payment_register
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


def buy_registered(shop: Storefront, learner: Api) -> str:
    """A captured order that is listed in the payment register. Half a minute passes after it."""
    order_id: str = shop.create_order(learner)["order_id"]
    shop.pay(order_id)
    shop.deliver()
    payment_register.refresh_payment(order_id)
    shop.clock.advance(seconds=30)
    return order_id


def settle_refunds(shop: Storefront) -> None:
    for _ in range(3):
        shop.clock.advance(minutes=30)
        shop.gateway.tick()
        shop.deliver()
        shop.sweep()
