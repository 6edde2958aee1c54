"""Learners use coupons: they race for the last use, pay late, and try to get a use back by withdrawing or by another
order."""

from tests.simulation.actions import enrollment_actions, learner_actions
from tests.simulation.initial_data import COUPONS, Learner
from tests.simulation.session import SimulationSession

_PAID_COUPONS = tuple(code for code, terms in COUPONS.items() if terms["value"] != 100)


def buy_with_coupon(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """Create an order with a coupon, perhaps again with another one or none, and pay it in time or late."""
    code = session.random.choice(list(COUPONS))
    order = learner_actions.create_order(session, learner, course_id, code)
    if order and session.random.random() < 0.3:
        session.wait(session.random.choice((0, 5, 600)))
        other = session.random.choice((None, *_PAID_COUPONS))
        order = learner_actions.create_order(session, learner, course_id, other) or order
    if order:
        session.play("coupon claimed", code)
    learner_actions.pay_soon_or_late(session, learner, order)


def withdraw_and_retry(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """Withdraw from an order with a coupon and order again, in the same window or after it, a few times."""
    code = session.random.choice(_PAID_COUPONS)
    order = learner_actions.create_order(session, learner, course_id, code)
    for _ in range(session.random.choice((1, 2, 3)) if order else 0):
        enrollment_actions.withdraw_from_course(session, learner, course_id)
        session.play("withdrawn with a coupon", code)
        session.wait(session.random.choice((0, 5, 2_000)))
        order = learner_actions.create_order(session, learner, course_id, code) or order
    if session.random.random() < 0.5:
        learner_actions.pay_soon_or_late(session, learner, order)


def exhaust_coupon(session: SimulationSession, course_id: str) -> None:
    """Every learner orders with the coupon of one use at about the same time."""
    session.play("race for the last use", course_id)
    for learner in session.data.learners:
        session.environment.scheduler.spawn(
            f"{learner.name} coupon",
            lambda learner=learner: learner_actions.pay_soon_or_late(  # type: ignore[misc]
                session, learner, learner_actions.create_order(session, learner, course_id, "LAST-ONE")
            ),
            session.random.choice((0.0, 0.0, session.random.random())),
        )


def switch_coupons(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """Order with a coupon, then with another one or none, a few times, come back to the first, and pay some of the
    orders: they can all be paid."""
    code = session.random.choice(_PAID_COUPONS)
    orders = [learner_actions.create_order(session, learner, course_id, code)]
    for _ in range(session.random.choice((1, 1, 2, 3)) if orders[0] else 0):
        session.wait(session.random.choice((0, 1, 60, 1_000)))
        orders.append(learner_actions.create_order(session, learner, course_id, _another(session, code)))
    if session.random.random() < 0.6:
        session.wait(session.random.choice((0, 1, 60, 1_000)))
        orders.append(learner_actions.create_order(session, learner, course_id, code))
    opened = sorted({order for order in orders if order})
    if len(opened) < 2:
        return
    session.play("switched coupons", code)
    for order in session.random.sample(opened, session.random.choice((1, 1, 2))):
        learner_actions.pay_soon_or_late(session, learner, order)


def _another(session: SimulationSession, code: str) -> str | None:
    return session.random.choice([None, None, *(each for each in _PAID_COUPONS if each != code)])
