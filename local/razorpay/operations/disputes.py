"""Chargebacks: a learner's bank takes the side of the learner."""

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
    """Opens a dispute on a captured payment, or moves the open one; announces payment.dispute.`event`.

    With `amount` a bank disputes that much, in a new dispute when the last one is decided. It does not know what was
    refunded; without `amount` it is what was not."""
    payment = ledger.payment(payment_id)
    if event not in STATUS_BY_EVENT:
        raise RazorpayApiError(f"The status must be one of {', '.join(STATUS_BY_EVENT)}", field="status")
    if not payment.captured:
        raise RazorpayApiError("Only a captured payment can be disputed", field="payment_id")
    earlier = [made for made in ledger.disputes.values() if made.payment_id == payment_id]
    known = earlier[-1] if earlier else None
    if known is None or (known.status in CLOSED_STATUSES and amount is not None):
        lost = sum(made.amount for made in earlier if made.status == "lost")
        if amount is not None and not 0 < amount <= payment.amount - lost:
            raise RazorpayApiError("The amount is not what is left of the payment", field="amount")
        known = Dispute(
            id=ledger.new_id("disp_", ledger.disputes),
            payment_id=payment_id,
            amount=payment.amount - payment.amount_refunded if amount is None else amount,
            currency=payment.currency,
            created_at=ledger.now(),
        )
        ledger.disputes[known.id] = known
    elif known.status in CLOSED_STATUSES:
        raise RazorpayApiError(f"The dispute is already {known.status}", field="status")
    known.status = STATUS_BY_EVENT[event]
    ledger.emit_event(f"payment.dispute.{event}", payment, dispute=known)
    return known
