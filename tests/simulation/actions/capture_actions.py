"""Captures of authorized payments, by Razorpay itself or in its dashboard."""

from functools import partial
from typing import Final

from local.razorpay.operations.payments import capture, late_authorize
from tests.simulation.actions import enrollment_actions
from tests.simulation.session import SimulationSession

_CAPTURE_DEADLINE_SECONDS: Final = 5.0
"""Seconds until the capture, when no function reads the payment before."""


def capture_random_authorization(session: SimulationSession) -> None:
    """Capture a random authorized payment."""
    authorized = [payment.id for payment in session.ledger.payments.values() if payment.status == "authorized"]
    if authorized:
        capture_payment(session, session.random.choice(authorized))


def capture_payment(session: SimulationSession, payment_id: str) -> None:
    with session.environment.razorpay.locked_ledger() as ledger:
        payment = ledger.payments[payment_id]
        if payment.status == "authorized":
            session.play("capture by razorpay", f"{payment.order_id} {payment.id}")
            capture(ledger, payment_id, {"amount": payment.amount})


def capture_on_paid_order(session: SimulationSession, payment_id: str) -> None:
    """Capture a late payment of a paid order, which Razorpay documents as impossible."""
    with session.environment.razorpay.locked_ledger() as ledger:
        payment = ledger.payments[payment_id]
        session.play("duplicate capture", f"{payment.order_id} {payment.id}")
        late_authorize(ledger, payment, captures=True, even_if_paid=True)


def capture_during_revocation(session: SimulationSession, payment_id: str) -> None:
    """Capture while an admin revokes access or the learner withdraws: as soon as their function has read the
    payment."""
    order_id = str(session.ledger.payments[payment_id].order_id)
    notes = session.ledger.orders[order_id].notes
    owner_id = notes.get("user_id")
    learner = next((learner for learner in session.data.learners if learner.user_id == owner_id), None)
    capture = partial(capture_payment, session, payment_id)
    session.environment.scheduler.spawn("gateway", capture, _CAPTURE_DEADLINE_SECONDS)
    if learner:
        revocation = session.random.choice(
            (
                enrollment_actions.revoke_access,
                enrollment_actions.revoke_access,
                enrollment_actions.revoke_access,
                enrollment_actions.withdraw_from_course,
            )
        )
        session.environment.scheduler.spawn("revoke", partial(revocation, session, learner, notes["course_id"]))
        session.environment.on_next_read[f"PAYMENT#{order_id}", "PAYMENT"] = capture
