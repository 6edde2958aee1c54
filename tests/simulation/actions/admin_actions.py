"""Actions of the instructor and the admin on courses and refunds."""

from tests.simulation.actions.gateway_actions import random_captured_payment
from tests.simulation.initial_data import PRICES
from tests.simulation.session import SimulationSession


def change_price(session: SimulationSession, course_id: str) -> None:
    price = {"amount": session.random.choice(PRICES), "currency": "INR"}
    session.call_with_retries("PUT", f"/api/courses/{course_id}", {"price": price}, token=session.data.instructor_token)


def unpublish_and_republish(session: SimulationSession, course_id: str) -> None:
    """Unpublish or hide the course, and undo it after a while."""
    course, reason = f"/api/courses/{course_id}", "under review"
    if session.random.random() < 0.5:
        session.call_with_retries("POST", f"{course}/unpublish", token=session.data.instructor_token)
        session.wait(session.random.choice((1, 100, 4_000)))
        session.call_with_retries("POST", f"{course}/publish", token=session.data.instructor_token)
        return
    session.call_with_retries(
        "PATCH", f"{course}/moderation", {"hidden": True, "reason": reason}, token=session.data.admin_token
    )
    session.wait(session.random.choice((1, 100, 4_000)))
    session.call_with_retries(
        "PATCH", f"{course}/moderation", {"hidden": False, "reason": reason}, token=session.data.admin_token
    )


def delete_course(session: SimulationSession, course_id: str) -> None:
    session.call_with_retries("DELETE", f"/api/courses/{course_id}", token=session.data.instructor_token)


def refund_as_admin(session: SimulationSession) -> None:
    """Request a full refund, or a partial one and perhaps the rest later."""
    payment = random_captured_payment(session)
    if payment is None:
        return
    for amount in session.random.choice(((None,), (10_000,), (payment.amount,), (10_000, None), (5_000, 5_000, None))):
        session.call_with_retries(
            "POST",
            f"/api/payments/{payment.order_id}/refund",
            {"reason": "requested", **({} if amount is None else {"amount": amount})},
            token=session.data.admin_token,
            headers={"Idempotency-Key": f"refund-{session.random.getrandbits(40)}"},
        )
        session.wait(session.random.choice((0, 1, 60)))
