"""Refunds, requests for refunds, and disputes of the demo data."""

from typing import Final

from local.seed.api_client import SeedClient, SeedError
from local.seed.payment_driver import PaymentDriver
from local.seed.users import DemoReversal

_DECISIONS: Final = {
    "approved_request": {"number": 1, "decision": "approve", "note": "We are sorry that the course was not for you."},
    "declined_request": {"number": 1, "decision": "decline", "note": "The description names what the course covers."},
}
_REASON: Final = "the learner asked for it"


def reverse(
    reversal: DemoReversal, course_id: str, buyer: SeedClient, admin: SeedClient, driver: PaymentDriver
) -> None:
    """Refund or dispute the buyer's payment for the course, or request its refund, unless one of them has been done.
    Raises SeedError."""
    own = [each for each in buyer.get("/api/payments/my?limit=100")["items"] if each["course_id"] == course_id]
    order_id, payment_id = next((each["order_id"], each["payment_id"]) for each in own if each["captured_amount"])
    payment = admin.get(f"/api/payments/{order_id}")["payment"]
    if payment["refunded_amount"] or payment["disputes"] or payment["learner_request"]:
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
        case "open_request":
            _request_refund(order_id, buyer)
        case "approved_request" | "declined_request":
            _request_refund(order_id, buyer)
            admin.post(f"/api/payments/{order_id}/refund-request/decision", _DECISIONS[reversal.kind])
        case unknown:
            raise SeedError(f"users.toml: there is no reversal {unknown!r}")


def _request_refund(order_id: str, buyer: SeedClient) -> None:
    reason = "It is not what I expected from the description."
    buyer.post(f"/api/payments/{order_id}/refund-request", {"reason": reason})
