"""What learners do, through the API and at the gateway. They act sensibly; only the intruder does not."""

from functools import partial
from typing import Any

from local.razorpay.api.control import checkout_response
from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.payments import pay
from shared import clock
from tests.simulation.actions import admin_actions, capture_actions
from tests.simulation.initial_data import Learner
from tests.simulation.runtime.api_client import call_api
from tests.simulation.session import Acknowledgement, SimulationSession

_DAY = 86_400.0
_MAX_WAIT_STEPS = 200
"""Hundredths of a second."""
_POLLED_SECONDS = 2 * _DAY
"""An order this old is still looked at by the sweep long enough for late money; see shared/settlement/poll_schedule.py."""
_ATTEMPT_OUTCOMES = (
    *("captured",) * 9,
    *("authorized", "authorized", "slow", "slow", "contested", "contested", "contested"),
    *("failed", "failed", "late", "created", "tampered", "twice"),
)
_GATEWAY_OUTCOMES = {
    "late": "captured",
    "tampered": "captured",
    "twice": "captured",
    "slow": "authorized",
    "contested": "authorized",
}
"""What an attempt is at the gateway at first, or at last."""


def buy(play: SimulationSession, learner: Learner, course_id: str) -> None:
    """From the course page to Checkout and back; a failed payment may be tried again on the same order."""
    order = _create_order(play, learner, course_id)
    if order is None:
        return
    for _ in range(play.random.choice((1, 1, 2))):
        if play.random.random() < 0.25:
            _wait_until_order_expires(play, order)
        else:
            play.wait(_think_seconds(play))
        if not pay_order(play, learner, order):
            return


def pay_earlier_order(play: SimulationSession, learner: Learner) -> None:
    """A tab that stayed open."""
    if learner.orders:
        pay_order(play, learner, play.random.choice(learner.orders))


def resubmit_checkout(play: SimulationSession, learner: Learner) -> None:
    """A browser sends again what the gateway once gave it."""
    if learner.checkouts and play.mode.verify:
        verify(play, learner, play.random.choice(learner.checkouts))


def enroll(play: SimulationSession, learner: Learner, course_id: str) -> None:
    play.call_with_retries(
        "POST", "/api/enrollments", {"course_id": course_id}, token=learner.token, headers=_idempotency_headers(play)
    )


def complete_course(play: SimulationSession, learner: Learner, course_id: str) -> None:
    """Ticks every lesson off: the course is completed."""
    outline = play.environment.table.items.get((f"COURSE#{course_id}", "OUTLINE"))
    lessons = [each["S"] for part in outline["lessons"]["M"].values() for each in part["L"]] if outline else []
    for lesson_id in lessons:
        path = f"/api/enrollments/{course_id}/lessons/{lesson_id}"
        reply = play.call_with_retries("PUT", path, {"completed": True}, token=learner.token)
        if reply is None or not reply.ok:
            return


def request_receipt(play: SimulationSession, learner: Learner) -> None:
    if learner.orders:
        play.call_with_retries(
            "GET", f"/api/payments/{play.random.choice(learner.orders)}/receipt", token=learner.token
        )


def submit_forged_checkouts(play: SimulationSession, learner: Learner) -> None:
    """Tries what somebody makes up for an order of one's own, somebody else's checkout, and a crossed one."""
    if learner.orders:
        made_up = {
            "razorpay_order_id": play.random.choice(learner.orders),
            "razorpay_payment_id": "pay_AAAAAAAAAAAAAA",
            "razorpay_signature": "0" * 64,
        }
        _expect_rejection(play, learner, made_up)
    theirs = [checkout for other in play.data.learners if other is not learner for checkout in other.checkouts]
    if theirs:
        checkout = play.random.choice(theirs)
        _expect_rejection(play, learner, checkout)
        if learner.orders:
            _expect_rejection(play, learner, {**checkout, "razorpay_order_id": play.random.choice(learner.orders)})


def verify(play: SimulationSession, learner: Learner, checkout: dict[str, str]) -> None:
    reply = play.call_with_retries("POST", "/api/payments/verify", checkout, token=learner.token)
    if reply is None or not reply.ok:
        return
    payment, enrollment = reply.body["payment"], reply.body["enrollment"]
    granted = bool(enrollment) and enrollment["granted_by"] == payment["order_id"]
    play.acknowledgements.append(Acknowledgement(payment["order_id"], payment["status"], granted))


def _create_order(play: SimulationSession, learner: Learner, course_id: str) -> str | None:
    body = {"course_id": course_id}
    reply = play.call_with_retries(
        "POST", "/api/payments/create-order", body, token=learner.token, headers=_idempotency_headers(play)
    )
    if reply is None or not reply.ok:
        if reply and reply.body.get("code") == "course_free":
            enroll(play, learner, course_id)
        return None
    order_id: str = reply.body["order_id"]
    if order_id not in learner.orders:
        learner.orders.append(order_id)
    return order_id


def pay_order(play: SimulationSession, learner: Learner, order_id: str) -> bool:
    """Whether it is worth trying again: the attempt failed."""
    if play.environment.scheduler.seconds - play.ledger.orders[order_id].created_at > _POLLED_SECONDS:
        if not play.mode.webhooks:
            return False
        play.lossless_order_ids.add(order_id)
    outcome = play.random.choice(_ATTEMPT_OUTCOMES)
    try:
        payment = _pay_at_gateway(play, order_id, outcome)
    except RazorpayApiError as refused:
        play.record("pays", order_id, f"refused: {refused}")
        return False
    play.record("pays", f"{order_id} {payment['razorpay_payment_id']}", outcome)
    if payment["razorpay_signature"] is None:
        return outcome == "failed"
    checkout = {name: value for name, value in payment.items() if name.startswith("razorpay_")}
    learner.checkouts.append(checkout)
    if play.mode.verify and play.random.random() < 0.75:
        play.wait(play.random.choice((0, 0, 0.1, 3, 200)))
        verify(play, learner, checkout)
    return False


def _pay_at_gateway(play: SimulationSession, order_id: str, outcome: str) -> Any:
    pick = play.random
    keywords: dict[str, Any] = {}
    if outcome == "late":
        keywords["late_seconds"] = pick.choice((60, 900, 2_400, 20_000, _DAY, 2.5 * _DAY))
    if outcome == "tampered":
        keywords["amount"] = play.ledger.orders[order_id].amount + pick.choice((-100, 100))
    shown = _GATEWAY_OUTCOMES.get(outcome, outcome)
    if outcome == "twice" and play.mode.webhooks:
        _start_duplicate_attempt(play, order_id)
    with play.environment.razorpay.locked_ledger() as ledger:
        payment = pay(ledger, order_id, shown, **keywords)
        response = checkout_response(ledger, payment)
    captured = {"slow": capture_actions.capture_payment, "contested": capture_actions.capture_during_revocation}.get(
        outcome
    )
    if captured:
        play.environment.scheduler.spawn("gateway", partial(captured, play, payment.id), pick.choice((5, 20, 400)))
    return response


def _start_duplicate_attempt(play: SimulationSession, order_id: str) -> None:
    """An attempt that seems lost, and succeeds when the order is paid. Nobody asks about a settled order again: that
    its webhooks are lost too is not played."""
    with play.environment.razorpay.locked_ledger() as ledger:
        first = pay(ledger, order_id, "created")
    play.lossless_order_ids.add(order_id)
    play.environment.scheduler.spawn(
        "gateway", partial(capture_actions.capture_on_paid_order, play, first.id), play.random.choice((1, 60, 4_000))
    )


def _wait_until_order_expires(play: SimulationSession, order_id: str) -> None:
    """Until the order's window closes and a sweep has just been told that nothing is paid."""
    payment = play.environment.table.items.get((f"PAYMENT#{order_id}", "PAYMENT"))
    if payment is None or not play.mode.sweep:
        return
    closes = clock.parse(payment["window_ends_at"]["S"]).timestamp() - play.environment.scheduler.seconds
    play.wait(max(closes, 0.0))
    play.environment.requested_paths.discard(f"/v1/orders/{order_id}/payments")
    play.environment.scheduler.spawn("sweep", partial(admin_actions.run_sweep, play))
    for _ in range(_MAX_WAIT_STEPS):
        if f"/v1/orders/{order_id}/payments" in play.environment.requested_paths:
            return
        play.wait(0.01)


def _expect_rejection(play: SimulationSession, learner: Learner, checkout: dict[str, str]) -> None:
    reply = call_api(play.environment, "POST", "/api/payments/verify", checkout, token=learner.token)
    if reply and reply.ok:
        play.unexpected_responses.append(
            f"I14 {learner.name} acted on {checkout['razorpay_order_id']} with a checkout that is not for it"
        )


def _think_seconds(play: SimulationSession) -> float:
    pick = play.random
    return pick.choice((0.0, 0.0, 0.5, 5.0, pick.uniform(10, 600), pick.uniform(600, 3_000), pick.uniform(0, _DAY)))


def _idempotency_headers(play: SimulationSession) -> dict[str, str]:
    return {"Idempotency-Key": f"key-{play.random.getrandbits(40)}"} if play.random.random() < 0.3 else {}
