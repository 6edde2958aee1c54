"""The rule for a completed poll. Pure."""

from datetime import datetime

from shared.db.entities import Payment
from shared.domain.changes import PaymentChanges
from shared.settlement.balances import EVER_CAPTURED
from shared.settlement.decision import NO_CHANGE, Decision, Verdict
from shared.settlement.poll_schedule import next_poll


def poll_completed(payment: Payment, now: datetime) -> Decision:
    """Ends the polls of a captured order when nothing is due, pending or unresolved."""
    if payment.status not in EVER_CAPTURED or payment.next_poll_at is None or next_poll(payment, now) is not None:
        return NO_CHANGE
    return Decision(Verdict.RECORDED, PaymentChanges(next_poll_at=None))
