"""Refunds and disputes of the demo data."""

from typing import Final

from local.seed.api_client import SeedClient, SeedError
from local.seed.payment_driver import PaymentDriver
from local.seed.users import DemoReversal

_REASON: Final = "the learner asked for it"


def reverse(
    reversal: DemoReversal, course_id: str, buyer: SeedClient, admin: SeedClient, driver: PaymentDriver
) -> None:
    """Refund or dispute the buyer's payment for the course, unless that has been done. Raises SeedError."""
    own = [each for each in buyer.get("/api/payments/my?limit=100")["items"] if each["course_id"] == course_id]
    order_id, payment_id = next((each["order_id"], each["payment_id"]) for each in own if each["captured_amount"])
    payment = admin.get(f"/api/payments/{order_id}")["payment"]
    if payment["refunded_amount"] or payment["disputes"]:
        return
    match reversal.kind:
        case "refund_at_gateway":
            driver.refund(payment_id)
        case "refund":
            amount = {"amount": reversal.rupees * 100} if reversal.rupees else {}
            key = {"Idempotency-Key": f"demo-data-{order_id}"}
            admin.call("POST", f"/api/payments/{order_id}/refund", headers=key, json={**amount, "reason": _REASON})
        case "lost_dispute":
            driver.open_dispute(payment_id)
            driver.lose_dispute(payment_id)
        case "open_dispute":
            driver.open_dispute(payment_id)
        case unknown:
            raise SeedError(f"users.toml: there is no reversal {unknown!r}")
