"""The age of the oldest pending refund: a metric of the hourly check."""

from datetime import datetime, timedelta

from functions.payments.invariants.ledger import Ledger
from shared.domain.lifecycle import PaymentStatus


def oldest_refund_hours(ledger: Ledger) -> int:
    """Whole hours since the oldest pending refund was decided; 0 when no payment is `refund_pending`.

    A payment may become `refund_pending` more than once; its latest decision counts."""
    decisions = [
        decision
        for order_id, payment in ledger.payments.items()
        if payment.status is PaymentStatus.REFUND_PENDING and (decision := _latest_decision(ledger, order_id))
    ]
    return (ledger.as_of - min(decisions)) // timedelta(hours=1) if decisions else 0


def _latest_decision(ledger: Ledger, order_id: str) -> datetime | None:
    """When the latest refund was decided. None when the scan read the history before the decision was written, and the
    payment after it."""
    steps = ledger.payment_steps[order_id]
    return max((step.at for step in steps if step.changes.get("status") == PaymentStatus.REFUND_PENDING), default=None)
