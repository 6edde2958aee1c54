"""Attempts of learners to pay their orders, and the checkouts that their browsers send."""

from functools import partial
from typing import Any

from local.razorpay.api.control import checkout_response
from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.checkout_amounts import Payer
from local.razorpay.operations.payments import pay
from tests.simulation.actions import capture_actions
from tests.simulation.actions.admin_actions import decide_on_hold
from tests.simulation.initial_data import Learner
from tests.simulation.promises import Acknowledgement
from tests.simulation.session import DAY, SimulationSession

_POLLED_SECONDS = 2 * DAY
"""Up to this age, the sweep polls an order long enough to find a late payment; see shared/settlement/poll_schedule.py.
"""
_ATTEMPT_OUTCOMES = (
    *("captured",) * 9,
    *("authorized", "authorized", "slow", "slow", "contested", "contested", "contested"),
    *("failed", "failed", "late", "created", "tampered", *("tampered, authorized",) * 2, "twice"),
)
_GATEWAY_OUTCOMES = {
    "late": "captured",
    "tampered": "captured",
    "tampered, authorized": "authorized",
    "twice": "captured",
    "slow": "authorized",
    "contested": "authorized",
}
_LATER_CAPTURES = {
    "slow": capture_actions.capture_payment,
    "contested": capture_actions.capture_during_revocation,
}
"""The outcome of an attempt at the fake Razorpay, where its name differs."""


def pay_earlier_order(session: SimulationSession, learner: Learner) -> None:
    """Pay an earlier order, as from a browser tab that stayed open."""
    if learner.orders:
        pay_order(session, learner, session.random.choice(learner.orders))


def pay_after_a_week(session: SimulationSession, learner: Learner) -> None:
    """Pay an earlier order after a week, long after its last poll."""
    if learner.orders:
        order_id = session.random.choice(learner.orders)
        session.wait(session.random.uniform(7, 9) * DAY)
        pay_order(session, learner, order_id)


def resubmit_checkout(session: SimulationSession, learner: Learner) -> None:
    """Send an earlier result of Checkout to verify again."""
    if learner.checkouts and session.mode.verify:
        verify(session, learner, session.random.choice(learner.checkouts))


def verify(session: SimulationSession, learner: Learner, checkout: dict[str, str]) -> None:
    reply = session.call_with_retries("POST", "/api/payments/verify", checkout, token=learner.token)
    if reply is None or not reply.ok:
        return
    payment, enrollment = reply.body["payment"], reply.body["enrollment"]
    granted = bool(enrollment) and enrollment["granted_by"] == payment["order_id"]
    session.promises.append(Acknowledgement(payment["order_id"], payment["status"], granted, session.now))


def pay_order(session: SimulationSession, learner: Learner, order_id: str) -> bool:
    """One attempt to pay the order. True when it failed and may be retried."""
    if session.environment.scheduler.seconds - session.ledger.orders[order_id].created_at > _POLLED_SECONDS:
        session.beyond_polls.add(order_id)
    outcome = session.random.choice(_ATTEMPT_OUTCOMES)
    try:
        payment = _pay_at_gateway(session, order_id, outcome)
    except RazorpayApiError as error:
        session.record("pays", order_id, f"rejected: {error}")
        return False
    session.play(f"payment {outcome}", f"{order_id} {payment['razorpay_payment_id']}")
    if session.ledger.payments[payment["razorpay_payment_id"]].amount != session.ledger.orders[order_id].amount:
        decide, later = partial(decide_on_hold, session), session.random.choice((10, 4_000, DAY))
        session.environment.scheduler.spawn("admin decides", decide, later)
    if payment["razorpay_signature"] is None:
        return outcome == "failed"
    checkout = {name: value for name, value in payment.items() if name.startswith("razorpay_")}
    learner.checkouts.append(checkout)
    if session.mode.verify and session.random.random() < 0.75:
        session.wait(session.random.choice((0, 0, 0.1, 3, 200)))
        verify(session, learner, checkout)
    return False


def _pay_at_gateway(session: SimulationSession, order_id: str, outcome: str) -> Any:
    rng = session.random
    keywords: dict[str, Any] = {}
    if outcome == "late":
        keywords["late_seconds"] = rng.choice((60, 900, 2_400, 20_000, DAY, 2.5 * DAY))
    if outcome.startswith("tampered"):
        keywords["amount"] = session.ledger.orders[order_id].amount + rng.choice((-100, 100))
    else:
        keywords["payer"] = _payer(session, order_id)
    gateway_outcome = _GATEWAY_OUTCOMES.get(outcome, outcome)
    if outcome == "twice":
        _start_duplicate_attempt(session, order_id)
    with session.environment.razorpay.locked_ledger() as ledger:
        payment = pay(ledger, order_id, gateway_outcome, **keywords)
        session.played["payment with offer"] += payment.offer_id is not None
        session.played["payment with fee on top"] += payment.customer_fee > 0
        response = checkout_response(ledger, payment)
    if outcome in _LATER_CAPTURES:
        capture = partial(_LATER_CAPTURES[outcome], session, payment.id)
        session.environment.scheduler.spawn("gateway", capture, rng.choice((5, 20, 400)))
    return response


def _payer(session: SimulationSession, order_id: str) -> Payer:
    """A payer whose amount the checkout changes sometimes: by an offer that the settings accept, by a larger one, or by
    Razorpay's fee."""
    rng, amount = session.random, session.ledger.orders[order_id].amount
    draw = rng.random()
    if draw < 0.05:
        return Payer(offer_id="offer_JGQvQtvJmVDRIA", discount=amount * rng.choice((5, 10, 11, 50)) // 100)
    if draw < 0.1:
        return Payer(customer_bears_fee=True)
    return Payer()


def _start_duplicate_attempt(session: SimulationSession, order_id: str) -> None:
    """Start an attempt that succeeds late, when the order is already paid. A settled order is not polled again."""
    with session.environment.razorpay.locked_ledger() as ledger:
        first = pay(ledger, order_id, "created")
    session.beyond_polls.add(order_id)
    session.environment.scheduler.spawn(
        "gateway",
        partial(capture_actions.capture_on_paid_order, session, first.id),
        session.random.choice((1, 60, 4_000)),
    )
