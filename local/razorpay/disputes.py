"""Chargebacks: a learner's bank takes the side of the learner."""

from local.razorpay.entities import Dispute
from local.razorpay.errors import RefusalError
from local.razorpay.ledger import Ledger

EVENTS = {
    "created": "open",
    "under_review": "under_review",
    "action_required": "open",
    "won": "won",
    "lost": "lost",
    "closed": "closed",
}


def dispute(ledger: Ledger, payment_id: str, event: str) -> Dispute:
    """Opens a dispute on a captured payment, or moves the open one; announces payment.dispute.`event`."""
    payment = ledger.payment(payment_id)
    if event not in EVENTS:
        raise RefusalError(f"The status must be one of {', '.join(EVENTS)}", field="status")
    if not payment.captured:
        raise RefusalError("Only a captured payment can be disputed", field="payment_id")
    known = next((made for made in ledger.disputes.values() if made.payment_id == payment_id), None)
    if known is None:
        known = Dispute(
            id=ledger.new_id("disp_", ledger.disputes),
            payment_id=payment_id,
            amount=payment.amount - payment.amount_refunded,
            currency=payment.currency,
            created_at=ledger.now(),
        )
        ledger.disputes[known.id] = known
    elif known.status in ("won", "lost", "closed"):
        raise RefusalError(f"The dispute is already {known.status}", field="status")
    known.status = EVENTS[event]
    ledger.announce(f"payment.dispute.{event}", payment, dispute=known)
    return known
