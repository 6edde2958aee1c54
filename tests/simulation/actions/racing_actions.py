"""Actions that aim at races which are too rare for chance."""

from functools import partial

from local.razorpay.api.control import checkout_response
from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.payments import pay
from tests.simulation.actions import capture_actions, learner_actions
from tests.simulation.initial_data import PRICES, Learner
from tests.simulation.session import SimulationSession


def pay_two_orders(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """A learner pays two orders for one course in two tabs: the first is authorized and gives access; the second, which
    was created after a change of the price, is captured at about the same time as the first."""
    first = learner_actions.create_order(session, learner, course_id)
    if first is None:
        return
    amount = session.ledger.orders[first].amount
    price = {"amount": next(each for each in PRICES if each not in (amount, 0)), "currency": "INR"}
    session.call_with_retries("PUT", f"/api/courses/{course_id}", {"price": price}, token=session.data.instructor_token)
    second = learner_actions.create_order(session, learner, course_id)
    if second is None or second == first:
        return
    authorized = _pay(session, learner, first, "authorized")
    if authorized is None:
        return
    if session.mode.verify:
        learner_actions.verify(session, learner, authorized)
    session.wait(session.random.choice((0, 1, 60)))
    captured = _pay(session, learner, second, "captured")
    if captured is None:
        return
    session.play("two orders paid at once", f"{first} {second}")
    capture = partial(capture_actions.capture_payment, session, authorized["razorpay_payment_id"])
    if session.random.random() < 0.5:
        session.environment.on_next_read[f"PAYMENT#{first}", "PAYMENT"] = capture
        session.environment.scheduler.spawn("gateway", capture, 5)
    else:
        session.environment.scheduler.spawn("gateway", capture, session.random.choice((0, 0, 0.1, 1, 5)))
    if session.mode.verify:
        learner_actions.verify(session, learner, captured)


def _pay(session: SimulationSession, learner: Learner, order_id: str, outcome: str) -> dict[str, str] | None:
    """The checkout of a payment; None when Razorpay rejects it."""
    with session.environment.razorpay.locked_ledger() as ledger:
        try:
            response = checkout_response(ledger, pay(ledger, order_id, outcome))
        except RazorpayApiError as error:
            session.record("pays", order_id, f"rejected: {error}")
            return None
    checkout = {name: str(value) for name, value in response.items() if name.startswith("razorpay_")}
    learner.checkouts.append(checkout)
    return checkout
