"""What happens to refunds at Razorpay: they fail, wait, are rejected for want of balance, or are returned later."""

from functools import partial
from typing import Final

from local.razorpay.operations.refunds import change_refund_status
from local.razorpay.state.entities import Refund
from tests.simulation.session import DAY, SimulationSession

_UNDOCUMENTED: Final = "on_its_way"
_RETURNED_AFTER: Final = (0.0, 0.0, 0.0, 2 * DAY, 12 * DAY, 40 * DAY)
"""Seconds until the bank returns a refund."""


def fail_refunds_for_a_while(session: SimulationSession) -> None:
    """Refunds fail or stay pending for a while."""
    session.ledger.refund_outcome = session.random.choice(("fail", "hold"))
    session.play(f"refunds {session.ledger.refund_outcome}", "for a while")
    session.wait(session.random.choice((10, 2_000, 100_000)))
    session.ledger.refund_outcome = "process"
    _settle_pending(session)


def empty_balance_for_a_while(session: SimulationSession) -> None:
    """The balance of the account allows no refund, or only small ones, until it is topped up."""
    account = session.ledger.account
    account.balance, account.vague_balance_error = session.random.choice((0, 6_000)), session.random.random() < 0.5
    session.play("balance too small", str(account.balance))
    session.wait(session.random.choice((10, 2_000, 100_000)))
    account.balance = None


def return_processed_refund(session: SimulationSession) -> None:
    """The bank sends a processed refund back, now or weeks later: it is failed or reversed. Without a scheduled
    function, the webhook is the only way to know it."""
    found = refunds_in(session, "processed")
    if not found:
        return
    refund = session.random.choice(found)
    later = session.random.choice(_RETURNED_AFTER)
    if later:
        session.environment.scheduler.spawn("bank", partial(_return_refund, session, refund), later)
    else:
        _return_refund(session, refund)


def _return_refund(session: SimulationSession, refund: Refund) -> None:
    rng = session.random
    if refund.status != "processed":
        return
    status = rng.choice(("failed", "reversed"))
    is_silent = session.mode.sweep and rng.random() < 0.3
    with session.environment.razorpay.locked_ledger() as ledger:
        change_refund_status(ledger, refund, status, None if is_silent else "default")
    _note_silent_change(session, refund)
    session.play(f"refund {status} after processed", f"{refund.payment_id} {refund.id}")


def give_undocumented_status(session: SimulationSession) -> None:
    """A pending refund gets a status that Razorpay does not document, and is processed after a while."""
    found = refunds_in(session, "pending")
    if not found:
        return
    refund = session.random.choice(found)
    with session.environment.razorpay.locked_ledger() as ledger:
        change_refund_status(ledger, refund, _UNDOCUMENTED)
    _note_silent_change(session, refund)
    session.play("refund of undocumented status", f"{refund.payment_id} {refund.id}")
    session.wait(session.random.choice((10, 2_000, 100_000)))
    _process(session, refund)


def settle_all(session: SimulationSession) -> None:
    """Refunds are processed again, and the balance allows all of them."""
    session.ledger.refund_outcome = "process"
    session.ledger.account.balance = None
    for refund in list(session.ledger.refunds.values()):
        _process(session, refund)
    _settle_pending(session)


def _process(session: SimulationSession, refund: Refund) -> None:
    if refund.status == _UNDOCUMENTED:
        with session.environment.razorpay.locked_ledger() as ledger:
            change_refund_status(ledger, refund, "processed")


def _settle_pending(session: SimulationSession) -> None:
    for pending in [each for each in session.ledger.refunds.values() if each.status == "pending"]:
        session.ledger.schedule(session.environment.scheduler.seconds, "settle_refund", pending.id)


def refunds_in(session: SimulationSession, status: str) -> list[Refund]:
    """The refunds of captured payments that have this status."""
    return [refund for refund in session.ledger.refunds.values() if refund.status == status and refund.of_captured]


def _note_silent_change(session: SimulationSession, refund: Refund) -> None:
    session.last_gateway_change = session.now
    session.beyond_polls.add(str(session.ledger.payments[refund.payment_id].order_id))
