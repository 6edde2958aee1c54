"""Money that was only authorised is captured, by the gateway itself or by somebody at its dashboard."""

from functools import partial
from typing import Final

from local.razorpay.operations.payments import capture, late_authorize
from tests.simulation.actions import admin_actions
from tests.simulation.session import SimulationSession

_CAPTURE_DEADLINE_SECONDS: Final = 5.0
"""Seconds after which it is captured, whether anybody has read it or not."""


def capture_random_authorization(play: SimulationSession) -> None:
    """One of those that wait."""
    waiting = [each.id for each in play.ledger.payments.values() if each.status == "authorized"]
    if waiting:
        capture_payment(play, play.random.choice(waiting))


def capture_payment(play: SimulationSession, payment_id: str) -> None:
    with play.environment.razorpay.locked_ledger() as ledger:
        payment = ledger.payments[payment_id]
        if payment.status == "authorized":
            play.record("captures", f"{payment.order_id} {payment.id}")
            capture(ledger, payment_id, {"amount": payment.amount})


def capture_on_paid_order(play: SimulationSession, payment_id: str) -> None:
    """A late success on an order that is paid: captured all the same, against the gateway's own word."""
    with play.environment.razorpay.locked_ledger() as ledger:
        payment = ledger.payments[payment_id]
        play.record("captures too", f"{payment.order_id} {payment.id}")
        late_authorize(ledger, payment, captures=True, even_if_paid=True)


def capture_during_revocation(play: SimulationSession, payment_id: str) -> None:
    """Just when an admin takes the access, or the learner leaves: as soon as their function has read the payment."""
    order_id = play.ledger.payments[payment_id].order_id
    notes = play.ledger.orders[order_id].notes
    learner = next((each for each in play.data.learners if each.user_id == notes.get("user_id")), None)
    capture = partial(capture_payment, play, payment_id)
    play.environment.scheduler.spawn("gateway", capture, _CAPTURE_DEADLINE_SECONDS)
    if learner:
        taking = play.random.choice(
            (
                admin_actions.revoke_access,
                admin_actions.revoke_access,
                admin_actions.revoke_access,
                admin_actions.withdraw_from_course,
            )
        )
        play.environment.scheduler.spawn("contest", partial(taking, play, learner, notes["course_id"]))
        play.environment.on_next_read[f"PAYMENT#{order_id}", "PAYMENT"] = capture
