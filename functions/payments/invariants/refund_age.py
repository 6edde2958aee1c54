"""The refunds that wait, and the age of the oldest: metrics of the invariant check."""

from datetime import datetime, timedelta

from functions.payments.invariants.ledger import Ledger
from shared.domain.lifecycle import PaymentStatus


def waiting_refunds(ledger: Ledger) -> list[datetime]:
    """When each refund that still waits was decided (UTC), in no particular order.

    A payment may become `refund_pending` more than once; its latest decision counts."""
    return [
        decision
        for order_id, payment in ledger.payments.items()
        if payment.status is PaymentStatus.REFUND_PENDING and (decision := _latest_decision(ledger, order_id))
    ]


def oldest_refund_hours(ledger: Ledger) -> int:
    """Whole hours since the oldest waiting refund was decided; 0 when none waits."""
    decisions = waiting_refunds(ledger)
    return (ledger.as_of - min(decisions)) // timedelta(hours=1) if decisions else 0


def _latest_decision(ledger: Ledger, order_id: str) -> datetime | None:
    """When the latest refund was decided. None when the history was read before the decision was written, and the
    payment after it."""
    steps = ledger.payment_steps[order_id]
    return max((step.at for step in steps if step.changes.get("status") == PaymentStatus.REFUND_PENDING), default=None)
