"""The ways in which money is returned: refunds by Razorpay, lost disputes, and manual refunds."""

import hashlib
from typing import Any

from tests.fixtures.api import Api, Reply
from tests.fixtures.storefront import PRICE, Storefront


def refund_request_id(order_id: str, key: str) -> str:
    return hashlib.sha256(f"{order_id}:{key}".encode()).hexdigest()[:24]


def refund_calls(payment_id: str, amount: int = PRICE) -> list[str]:
    """The calls to Razorpay that refund the amount."""
    return [
        f"GET /v1/payments/{payment_id}/refunds?count=100&skip=0",
        f'POST /v1/payments/{payment_id}/refund {{"amount": {amount}}}',
    ]


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
