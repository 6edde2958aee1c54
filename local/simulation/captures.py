"""Money that was only authorised is captured, by the gateway itself or by somebody at its dashboard."""

from functools import partial
from typing import Final

from local.razorpay.payments import capture, late_authorize
from local.simulation import staff
from local.simulation.play import Play

_AT_LAST: Final = 5.0
"""Seconds after which it is captured, whether anybody has read it or not."""


def capture_now(play: Play) -> None:
    """One of those that wait."""
    waiting = [each.id for each in play.ledger.payments.values() if each.status == "authorized"]
    if waiting:
        capture_it(play, play.random.choice(waiting))


def capture_it(play: Play, payment_id: str) -> None:
    with play.world.gateway.turn() as ledger:
        payment = ledger.payments[payment_id]
        if payment.status == "authorized":
            play.note("captures", f"{payment.order_id} {payment.id}")
            capture(ledger, payment_id, {"amount": payment.amount})


def capture_again(play: Play, payment_id: str) -> None:
    """A late success on an order that is paid: captured all the same, against the gateway's own word."""
    with play.world.gateway.turn() as ledger:
        payment = ledger.payments[payment_id]
        play.note("captures too", f"{payment.order_id} {payment.id}")
        late_authorize(ledger, payment, captures=True, even_if_paid=True)


def capture_contested(play: Play, payment_id: str) -> None:
    """Just when an admin takes the access, or the learner leaves: as soon as their function has read the payment."""
    order_id = play.ledger.payments[payment_id].order_id
    notes = play.ledger.orders[order_id].notes
    learner = next((each for each in play.cast.learners if each.user_id == notes.get("user_id")), None)
    capture = partial(capture_it, play, payment_id)
    play.world.scheduler.spawn("gateway", capture, _AT_LAST)
    if learner:
        taking = play.random.choice((staff.revoke, staff.revoke, staff.revoke, staff.withdraw))
        play.world.scheduler.spawn("contest", partial(taking, play, learner, notes["course_id"]))
        play.world.when_read[f"PAYMENT#{order_id}", "PAYMENT"] = capture
