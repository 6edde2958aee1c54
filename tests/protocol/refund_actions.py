"""The ways in which money is returned: refunds by Razorpay, lost disputes, and manual refunds."""

import hashlib
from typing import Any

from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import PRICE, Storefront


def refund_request_id(order_id: str, key: str) -> str:
    return hashlib.sha256(f"{order_id}:{key}".encode()).hexdigest()[:24]


def refund_reads(payment_id: str, refunds: int = 0) -> list[str]:
    """The calls to Razorpay that read the refunds of a payment: until a page is empty."""
    offsets = [0, refunds] if refunds else [0]
    return [f"GET /v1/payments/{payment_id}/refunds?count=100&skip={offset}" for offset in offsets]


def refund_calls(payment_id: str, amount: int = PRICE, *, refunds: int = 0) -> list[str]:
    """The calls to Razorpay that refund the amount of a payment that has already `refunds`."""
    return [*refund_reads(payment_id, refunds), f'POST /v1/payments/{payment_id}/refund {{"amount": {amount}}}']


def lose_dispute(shop: Storefront, payment_id: str, amount: int = PRICE, *, deliver_webhook: bool = True) -> None:
    """The bank debits the amount for a lost dispute."""
    shop.control("POST", f"payments/{payment_id}/dispute", {"status": "lost", "amount": amount})
    if deliver_webhook:
        shop.deliver("payment.dispute.lost")


def record_manual_refund(
    admin: Api, order_id: str, amount: int = PRICE, reference: str = "UTR1", **fields: Any
) -> Reply:
    body = {"amount": amount, "reference": reference, "reason": "by bank transfer", **fields}
    return admin.post(f"/api/payments/{order_id}/manual-refunds", body)
