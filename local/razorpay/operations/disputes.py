"""Disputes: chargebacks by a learner's bank."""

from local.razorpay.errors import RazorpayApiError
from local.razorpay.state.entities import Dispute
from local.razorpay.state.ledger import Ledger

STATUS_BY_EVENT = {
    "created": "open",
    "under_review": "under_review",
    "action_required": "open",
    "won": "won",
    "lost": "lost",
    "closed": "closed",
}
CLOSED_STATUSES = ("won", "lost", "closed")


def update_dispute(ledger: Ledger, payment_id: str, event: str, amount: int | None = None) -> Dispute:
    """Open a dispute of a captured payment, or change the open one; emits payment.dispute.`event`.

    `amount` in minor units opens a new dispute of that amount when the last one is closed; the bank does not know
    about refunds. Without `amount`, a new dispute covers the unrefunded amount. Raises RazorpayApiError."""
    payment = ledger.payment(payment_id)
    if event not in STATUS_BY_EVENT:
        raise RazorpayApiError(f"The status must be one of {', '.join(STATUS_BY_EVENT)}", field="status")
    if not payment.captured:
        raise RazorpayApiError("Only a captured payment can be disputed", field="payment_id")
    disputes = [dispute for dispute in ledger.disputes.values() if dispute.payment_id == payment_id]
    dispute = disputes[-1] if disputes else None
    if dispute is None or (dispute.status in CLOSED_STATUSES and amount is not None):
        lost = sum(earlier.amount for earlier in disputes if earlier.status == "lost")
        if amount is not None and not 0 < amount <= payment.amount - lost:
            raise RazorpayApiError("The amount exceeds the undisputed amount of the payment", field="amount")
        dispute = Dispute(
            id=ledger.new_id("disp_", ledger.disputes),
            payment_id=payment_id,
            amount=payment.amount - payment.amount_refunded if amount is None else amount,
            currency=payment.currency,
            created_at=ledger.now(),
        )
        ledger.disputes[dispute.id] = dispute
    elif dispute.status in CLOSED_STATUSES:
        raise RazorpayApiError(f"The dispute is already {dispute.status}", field="status")
    dispute.status = STATUS_BY_EVENT[event]
    ledger.emit_event(f"payment.dispute.{event}", payment, dispute=dispute)
    return dispute
