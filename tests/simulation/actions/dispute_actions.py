"""Disputes at Razorpay: opened by a learner's bank, and decided by it."""

from functools import partial
from typing import Final

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations import disputes
from local.razorpay.operations.disputes import DisputeDetails
from local.razorpay.state.dispute import Dispute
from tests.simulation.session import SimulationSession

_PHASES: Final = ("chargeback", "chargeback", "chargeback", "fraud", "retrieval", "pre_arbitration", "arbitration")
_PARTIAL_AMOUNT: Final = 5_000
_WON_AFTER_LOST_RATE: Final = 0.75
_WON_AFTER: Final = (600, 9e4, 9e4, 2e5)
"""Seconds from the loss of a dispute until it is won after all: mostly, a reconciliation has found the loss."""
_NEXT: Final = ("under_review", "action_required", "won", "lost", "lost", "lost", "closed")
_ENDS: Final = ("won", "lost", "lost", "closed")


def open_dispute(session: SimulationSession) -> None:
    """Dispute a captured payment, whatever was refunded of it: the full amount or a part, which is perhaps deducted at
    onset, in full or in part. Perhaps the bank decides soon."""
    rng = session.random
    captured = [payment for payment in session.ledger.payments.values() if payment.captured]
    if not captured:
        return
    payment = rng.choice(captured)
    amount = rng.choice((None, payment.amount, payment.amount, _PARTIAL_AMOUNT))
    details = DisputeDetails(phase=rng.choice(_PHASES), deduct_at_onset=rng.random() < 0.5)
    deducted = _PARTIAL_AMOUNT if rng.random() < 0.15 else None
    with session.environment.razorpay.locked_ledger() as ledger:
        try:
            dispute = disputes.open_dispute(ledger, payment.id, amount, deducted=deducted, details=details)
        except RazorpayApiError as error:
            session.record("dispute", payment.id, f"rejected: {error}")
            return
    session.beyond_polls.add(str(payment.order_id))
    onset = " at onset" if dispute.amount_deducted else ""
    session.play(f"dispute opened{onset}", f"{payment.order_id} {payment.id}", f"{dispute.amount} {dispute.phase}")
    if rng.random() < 0.5:
        session.environment.scheduler.spawn(
            "bank", partial(_decide, session, dispute, _ENDS), rng.choice((1, 600, 9e4))
        )


def change_dispute(session: SimulationSession) -> None:
    """Change an open dispute. Where a scheduled function reads Razorpay's list, a lost dispute may be won later:
    messages alone cannot tell which of the two came first."""
    rng = session.random
    known = list(session.ledger.disputes.values())
    pending = [dispute for dispute in known if not dispute.ended]
    lost = [dispute for dispute in known if dispute.status == "lost"]
    if lost and session.mode.sweep and rng.random() < _WON_AFTER_LOST_RATE:
        _change(session, rng.choice(lost), "won")
    elif pending:
        _decide(session, rng.choice(pending), _NEXT)


def end_disputes(session: SimulationSession) -> None:
    """Decide every open dispute: until then automatic refunds wait."""
    for dispute in [dispute for dispute in session.ledger.disputes.values() if not dispute.ended]:
        _decide(session, dispute, _ENDS)


def _decide(session: SimulationSession, dispute: Dispute, events: tuple[str, ...]) -> None:
    if not dispute.ended:
        _change(session, dispute, session.random.choice(events))


def _change(session: SimulationSession, dispute: Dispute, event: str) -> None:
    """A lost dispute deducts the whole amount, or a part."""
    name = "dispute won after it was lost" if dispute.status == "lost" else f"dispute {event.replace('_', ' ')}"
    part = min(_PARTIAL_AMOUNT, dispute.amount) if event == "lost" and session.random.random() < 0.2 else None
    with session.environment.razorpay.locked_ledger() as ledger:
        disputes.change_dispute(ledger, dispute, event, deducted=part, even_if_ended=True)
    session.play(name, f"{dispute.id} of {dispute.payment_id}", str(dispute.amount_deducted))
    if event == "lost" and session.mode.sweep and session.random.random() < _WON_AFTER_LOST_RATE:
        won = partial(_win_lost_dispute, session, dispute)
        session.environment.scheduler.spawn("bank", won, session.random.choice(_WON_AFTER))


def _win_lost_dispute(session: SimulationSession, dispute: Dispute) -> None:
    if dispute.status == "lost":
        _change(session, dispute, "won")
