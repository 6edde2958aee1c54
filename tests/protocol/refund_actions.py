"""The ways in which money is returned: refunds by Razorpay, lost disputes, and manual refunds."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from functions.payments import invariants_handler
from tests.fixtures.api import Api, Reply
from tests.fixtures.emitted_metrics import emitted_metrics
from tests.fixtures.storefront import PRICE, Storefront


def refund_request_id(order_id: str, key: str) -> str:
    return hashlib.sha256(f"{order_id}:{key}".encode()).hexdigest()[:24]


def refund_reads(payment_id: str, refunds: int = 0) -> list[str]:
    """The calls to Razorpay that read the refunds of a payment: until a page is empty."""
    offsets = [0, refunds] if refunds else [0]
    return [f"GET /v1/payments/{payment_id}/refunds?count=100&skip={offset}" for offset in offsets]


def refund_calls(payment_id: str, amount: int = PRICE, *, refunds: int = 0, request: str = "") -> list[str]:
    """The calls to Razorpay that refund the amount of a payment that has already `refunds`. `request` is the key of the
    refund request in the notes, without notes if empty."""
    notes = f', "notes": {{"request": "{request}"}}' if request else ""
    return [*refund_reads(payment_id, refunds), f'POST /v1/payments/{payment_id}/refund {{"amount": {amount}{notes}}}']


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


def set_balance(shop: Storefront, amount: int | None) -> None:
    """The balance of our account at Razorpay, from which it makes refunds; None is enough for everything."""
    shop.control("PATCH", "settings", {"balance": amount})


def process_refunds(shop: Storefront) -> None:
    """Razorpay processes the pending refunds, and reports them."""
    shop.clock.advance(minutes=20)
    shop.gateway.tick()
    shop.deliver()


def shown_requests(admin: Api, order_id: str) -> list[dict[str, Any]]:
    """The refund requests of the order as an admin sees them, without their keys."""
    shown = admin.get(f"/api/payments/{order_id}").json["payment"]["refund_requests"]
    return [{name: value for name, value in each.items() if name != "key"} for each in shown]


def waiting_metrics(project: Callable[[], int], capsys: pytest.CaptureFixture[str]) -> tuple[int, int]:
    """(`refunds_waiting`, `oldest_refund_hours`), as the hourly check emits them now."""
    project()
    emitted_metrics(capsys)
    invariants_handler.lambda_handler({}, None)
    metrics = emitted_metrics(capsys)
    return metrics["invariants", "refunds_waiting"], metrics["invariants", "oldest_refund_hours"]
