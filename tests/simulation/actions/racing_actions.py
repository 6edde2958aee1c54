"""Actions that aim at races which are too rare for chance."""

from functools import partial

from local.razorpay.api.control import checkout_response
from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.payments import pay
from tests.simulation.actions import capture_actions, enrollment_actions, learner_actions, payment_actions
from tests.simulation.initial_data import PRICES, Learner
from tests.simulation.session import SimulationSession


def pay_two_orders(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """A learner pays two orders for one course in two tabs, the second after a change of the price. Both are
    authorized, and the first one gives access. Then both are captured: one while the capture of the other is about to
    be written, or at the same time."""
    orders = _two_orders(session, learner, course_id)
    checkouts = [_authorize(session, learner, order_id) for order_id in orders]
    if len(checkouts) < 2 or None in checkouts:
        return
    session.play("two orders paid at once", " ".join(orders))
    session.wait(session.random.choice((5, 20, 60)))
    captures = [
        partial(capture_actions.capture_payment, session, checkout["razorpay_payment_id"])
        for checkout in checkouts
        if checkout
    ]
    earlier, later = session.random.choice(((0, 1), (1, 0)))
    is_aimed = session.random.random() < 0.8
    if is_aimed:
        session.environment.on_next_capture[f"PAYMENT#{orders[earlier]}", "PAYMENT"] = captures[later]
    session.environment.scheduler.spawn("gateway", captures[later], 60 if is_aimed else 0)
    captures[earlier]()


def pay_withdrawn_order(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """A learner withdraws from an open order, pays it in another tab, and soon buys the course again."""
    order_id = learner_actions.create_order(session, learner, course_id)
    if order_id is None:
        return
    enrollment_actions.withdraw_from_course(session, learner, course_id)
    session.play("withdrawn order paid", order_id)
    payment_actions.pay_order(session, learner, order_id)
    session.wait(session.random.choice((1, 20, 200)))
    learner_actions.create_order(session, learner, course_id)


def _two_orders(session: SimulationSession, learner: Learner, course_id: str) -> list[str]:
    first = learner_actions.create_order(session, learner, course_id)
    if first is None:
        return []
    amount = session.ledger.orders[first].amount
    price = {"amount": next(each for each in PRICES if each not in (amount, 0)), "currency": "INR"}
    session.call_with_retries("PUT", f"/api/courses/{course_id}", {"price": price}, token=session.data.instructor_token)
    second = learner_actions.create_order(session, learner, course_id)
    return [first, second] if second and second != first else [first]


def _authorize(session: SimulationSession, learner: Learner, order_id: str) -> dict[str, str] | None:
    """The checkout of an authorized payment, verified; None when Razorpay rejects it."""
    with session.environment.razorpay.locked_ledger() as ledger:
        try:
            response = checkout_response(ledger, pay(ledger, order_id, "authorized"))
        except RazorpayApiError as error:
            session.record("pays", order_id, f"rejected: {error}")
            return None
    checkout = {name: str(value) for name, value in response.items() if name.startswith("razorpay_")}
    learner.checkouts.append(checkout)
    if session.mode.verify:
        payment_actions.verify(session, learner, checkout)
    return checkout
