"""Actions of learners, through the API and at Razorpay. All are legitimate except the forged checkouts."""

from functools import partial
from typing import Any

from shared import clock
from tests.simulation.actions import enrollment_actions, payment_actions, scheduled_functions
from tests.simulation.initial_data import Learner
from tests.simulation.runtime.api_client import call_api
from tests.simulation.session import DAY, SimulationSession

_STATES = ("27", "29", "33")
_FIRM_GSTIN = "29AAGCB7383J1Z4"
_FIRM_RATE = 0.05
_OTHER_STATE_RATE = 0.1
_MAX_WAIT_STEPS = 200
"""Each step is 0.01 seconds."""


def buy(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """Create an order and pay it; a failed payment may be retried on the same order."""
    pay_soon_or_late(session, learner, create_order(session, learner, course_id))


def pay_soon_or_late(session: SimulationSession, learner: Learner, order: str | None) -> None:
    """Pay the order, if there is one: within its window or after it, and perhaps again after a failed payment."""
    if order is None:
        return
    for _ in range(session.random.choice((1, 1, 2))):
        if session.random.random() < 0.25:
            wait_until_order_expires(session, order)
        else:
            session.wait(_think_seconds(session))
        if not payment_actions.pay_order(session, learner, order):
            return


def abandon_and_buy(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """Create an order, withdraw, and buy the course after all."""
    if create_order(session, learner, course_id) is None:
        return
    session.wait(session.random.choice((0, 5, 600)))
    enrollment_actions.withdraw_from_course(session, learner, course_id)
    session.play("order abandoned", course_id)
    session.wait(session.random.choice((0, 5, 600)))
    buy(session, learner, course_id)


def enroll(session: SimulationSession, learner: Learner, course_id: str) -> None:
    session.call_with_retries(
        "POST", "/api/enrollments", {"course_id": course_id}, token=learner.token, headers=_idempotency_headers(session)
    )


def complete_course(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """Mark every lesson as complete."""
    outline = session.environment.table.items.get((f"COURSE#{course_id}", "OUTLINE"))
    sections = outline["lessons"]["M"].values() if outline else ()
    lessons = [lesson["S"] for section in sections for lesson in section["L"]]
    for lesson_id in lessons:
        path = f"/api/enrollments/{course_id}/lessons/{lesson_id}"
        reply = session.call_with_retries("PUT", path, {"completed": True}, token=learner.token)
        if reply is None or not reply.ok:
            return


def request_receipt(session: SimulationSession, learner: Learner) -> None:
    if learner.orders:
        session.call_with_retries(
            "GET", f"/api/payments/{session.random.choice(learner.orders)}/receipt", token=learner.token
        )


def submit_forged_checkouts(session: SimulationSession, learner: Learner) -> None:
    """Call verify with an invented signature, with another learner's checkout, and with that checkout for an own
    order. All must be rejected."""
    if learner.orders:
        invented = {
            "razorpay_order_id": session.random.choice(learner.orders),
            "razorpay_payment_id": "pay_AAAAAAAAAAAAAA",
            "razorpay_signature": "0" * 64,
        }
        _expect_rejection(session, learner, invented)
    theirs = [checkout for other in session.data.learners if other is not learner for checkout in other.checkouts]
    if theirs:
        checkout = session.random.choice(theirs)
        _expect_rejection(session, learner, checkout)
        if learner.orders:
            _expect_rejection(
                session, learner, {**checkout, "razorpay_order_id": session.random.choice(learner.orders)}
            )


def create_order(session: SimulationSession, learner: Learner, course_id: str, coupon: str | None = None) -> str | None:
    """The id of the learner's order; None without one: also when a coupon made the course free."""
    body = {"course_id": course_id, **_buyer_details(session, learner)} | ({"coupon": coupon} if coupon else {})
    reply = session.call_with_retries(
        "POST", "/api/payments/create-order", body, token=learner.token, headers=_idempotency_headers(session)
    )
    if reply is None or not reply.ok:
        if reply and reply.body.get("code") == "course_free":
            enroll(session, learner, course_id)
        return None
    order_id: str | None = reply.body["order_id"]
    if order_id and order_id not in learner.orders:
        learner.orders.append(order_id)
    return order_id


def _buyer_details(session: SimulationSession, learner: Learner) -> dict[str, Any]:
    """Nearly always the same State, sometimes another one, which opens another order, or a firm; nothing where the
    seller issues no tax invoices."""
    if not session.seller_is_registered:
        return {}
    chance = session.random.random()
    if chance < _FIRM_RATE:
        session.played["bought for a firm"] += 1
        return {"gstin": _FIRM_GSTIN, "firm": {"name": learner.name, "address": "4 Church Street"}}
    usual = _STATES[int(learner.user_id[-1]) % 2]
    return {"state": session.random.choice(_STATES) if chance < _FIRM_RATE + _OTHER_STATE_RATE else usual}


def wait_until_order_expires(session: SimulationSession, order_id: str) -> None:
    """Wait until the order's window has ended and a sweep has just polled Razorpay without finding a payment."""
    payment = session.environment.table.items.get((f"PAYMENT#{order_id}", "PAYMENT"))
    if payment is None or not session.mode.sweep:
        return
    closes = clock.parse(payment["window_ends_at"]["S"]).timestamp() - session.environment.scheduler.seconds
    session.wait(max(closes, 0.0))
    session.environment.requested_paths.discard(f"/v1/orders/{order_id}/payments")
    session.environment.scheduler.spawn("sweep", partial(scheduled_functions.run_sweep, session))
    for _ in range(_MAX_WAIT_STEPS):
        if f"/v1/orders/{order_id}/payments" in session.environment.requested_paths:
            return
        session.wait(0.01)


def _expect_rejection(session: SimulationSession, learner: Learner, checkout: dict[str, str]) -> None:
    reply = call_api(session.environment, "POST", "/api/payments/verify", checkout, token=learner.token)
    if reply and reply.ok:
        session.unexpected_responses.append(
            f"I14 {learner.name} verified {checkout['razorpay_order_id']} with a forged checkout"
        )


def _think_seconds(session: SimulationSession) -> float:
    rng = session.random
    return rng.choice((0.0, 0.0, 0.5, 5.0, rng.uniform(10, 600), rng.uniform(600, 3_000), rng.uniform(0, DAY)))


def _idempotency_headers(session: SimulationSession) -> dict[str, str]:
    return {"Idempotency-Key": f"key-{session.random.getrandbits(40)}"} if session.random.random() < 0.3 else {}
