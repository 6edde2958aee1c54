"""Actions of the instructor and the admin on courses, refunds and payments on hold."""

from functools import partial

from shared.db.entities import Payment
from shared.settlement.balances import on_hold
from tests.simulation.actions.gateway_actions import random_captured_payment
from tests.simulation.actions.scheduled_functions import run_sweep
from tests.simulation.initial_data import PRICES
from tests.simulation.promises import Acknowledgement, HoldRefundPromise, RefundPromise
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
    """Request a full refund, or a partial one and perhaps the rest later; sometimes in two tabs, or so that a sweep
    begins just before Razorpay is asked. An accepted request is a promise."""
    rng, payment = session.random, random_captured_payment(session)
    if payment is None:
        return
    session.played["refund by admin"] += 1
    order_id, scheduler = str(payment.order_id), session.environment.scheduler
    for amount in rng.choice(((None,), (10_000,), (payment.amount,), (10_000, None), (5_000, 5_000, None))):
        key = f"refund-{rng.getrandbits(40)}"
        if rng.random() < 0.4:
            session.played["refund by admin, requested twice at once"] += 1
            scheduler.spawn("admin again", partial(request_refund, session, order_id, key, amount), rng.choice((0, 1)))
        if session.mode.sweep and rng.random() < 0.5:
            sweeps = partial(scheduler.spawn, "sweep", partial(run_sweep, session))
            session.environment.on_next_request[f"POST /v1/payments/{payment.id}/refund"] = sweeps
        request_refund(session, order_id, key, amount)
        session.wait(rng.choice((0, 1, 60)))


def request_refund(session: SimulationSession, order_id: str, key: str, amount: int | None) -> None:
    """Request a refund with this Idempotency-Key, and remember an accepted request."""
    reply = session.call_with_retries(
        "POST",
        f"/api/payments/{order_id}/refund",
        {"reason": "requested", **({} if amount is None else {"amount": amount})},
        token=session.data.admin_token,
        headers={"Idempotency-Key": key},
    )
    if reply and reply.ok:
        session.promises.append(RefundPromise(order_id, key, amount, session.now))


def orders_on_hold(session: SimulationSession) -> list[tuple[str, str]]:
    """(order id, payment id) of each payment on hold."""
    stored = [session.environment.entities.get_shared(raw) for raw in session.environment.table.items.values()]
    return [(item.order_id, held_id) for item in stored if isinstance(item, Payment) for held_id in on_hold(item)]


def decide_on_hold(session: SimulationSession) -> None:
    """Accept a payment on hold, or refund it."""
    held = orders_on_hold(session)
    if not held:
        return
    order_id, payment_id = session.random.choice(held)
    what = session.random.choice(("accept", "accept", "refund"))
    reply = session.call_with_retries(
        "POST",
        f"/api/payments/{order_id}/{what}",
        {"payment_id": payment_id, "reason": "the learner called"},
        token=session.data.admin_token,
    )
    outcome = "no answer" if reply is None else str(reply.status)
    session.play(f"{what} of a payment on hold: {outcome}", f"{order_id} {payment_id}")
    if reply is None or not reply.ok:
        return
    if what == "refund":
        session.promises.append(HoldRefundPromise(order_id, payment_id, session.now))
        return
    status = reply.body["payment"]["status"]
    session.promises.append(Acknowledgement(order_id, status, granted=False, at=session.now))
