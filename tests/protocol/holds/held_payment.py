"""An order of 499 that was paid with 449: an offer that no rule accepts, so that the money is on hold."""

from dataclasses import dataclass
from typing import Any

from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import PRICE, Storefront

PAID = 44_900


@dataclass
class HeldPayment:
    shop: Storefront
    order_id: str
    payment_id: str

    @classmethod
    def of(cls, shop: Storefront, student: Api, **payer: Any) -> "HeldPayment":
        """Pays a new order with 449; its webhooks are delivered."""
        order_id = shop.create_order(student)["order_id"]
        payer = payer or {"offer_id": "offer_ANZoaxsOww2X53", "discount": PRICE - PAID}
        held = cls(shop, order_id, shop.pay(order_id, **payer)["razorpay_payment_id"])
        shop.deliver()
        return held

    def accept(self, admin: Api, **fields: Any) -> Reply:
        body = {"payment_id": self.payment_id, "reason": "our Diwali offer", **fields}
        return admin.post(f"/api/payments/{self.order_id}/accept", body)

    def refund(self, admin: Api) -> Reply:
        body = {"payment_id": self.payment_id, "reason": "not our offer"}
        return admin.post(f"/api/payments/{self.order_id}/refund", body, headers={"Idempotency-Key": "click-1"})

    def refund_on_gateway_page(self, amount: int) -> None:
        """Somebody refunds a part on Razorpay's page; the webhooks are not delivered."""
        self.shop.control("POST", f"payments/{self.payment_id}/refund", {"amount": amount})
        self.shop.clock.advance(minutes=1)
        self.shop.gateway.tick()

    def shown(self, caller: Api) -> list[dict[str, Any]]:
        """The payments on hold that the API shows."""
        holds: list[dict[str, Any]] = caller.get(f"/api/payments/{self.order_id}").json["payment"]["on_hold"]
        return holds

    def entry(self, state: str, refunded_amount: int = 0) -> dict[str, Any]:
        return {
            "payment_id": self.payment_id,
            "amount": PAID,
            "refunded_amount": refunded_amount,
            "currency": "INR",
            "state": state,
        }
