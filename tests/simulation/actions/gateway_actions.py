"""Events at Razorpay: outages, refunds in its dashboard, disputes, and payments of unknown orders."""

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.disputes import update_dispute
from local.razorpay.operations.orders import create_order
from local.razorpay.operations.payments import pay
from local.razorpay.operations.refunds import refund
from local.razorpay.state.entities import Payment
from tests.simulation.initial_data import PRICES, Learner
from tests.simulation.session import SimulationSession


def start_gateway_outage(session: SimulationSession) -> None:
    session.environment.gateway_down_until = session.environment.scheduler.seconds + session.random.choice(
        (5, 60, 1_000, 10_000)
    )
    session.record("gateway", "down")


def refund_in_razorpay_dashboard(session: SimulationSession) -> None:
    """Refund in Razorpay's dashboard. Only webhooks report it."""
    payment = random_captured_payment(session)
    if payment is None or not session.mode.webhooks:
        return
    balance = payment.amount - payment.amount_refunded
    amount = session.random.choice((balance, min(balance, 5_000)))
    with session.environment.razorpay.locked_ledger() as ledger:
        try:
            refund(ledger, payment.id, {"amount": amount})
        except RazorpayApiError as error:
            session.record("dashboard refund", payment.id, f"rejected: {error}")
            return
    session.record("dashboard refund", f"{payment.order_id} {payment.id}", str(amount))


def lose_dispute(session: SimulationSession) -> None:
    """Lose a dispute over the full amount or a part, regardless of refunds. Only webhooks report it."""
    payment = random_captured_payment(session)
    if payment is None or not session.mode.webhooks:
        return
    amount = session.random.choice((payment.amount, payment.amount, 5_000))
    with session.environment.razorpay.locked_ledger() as ledger:
        try:
            update_dispute(ledger, payment.id, "created", amount)
            update_dispute(ledger, payment.id, "lost")
        except RazorpayApiError as error:
            session.record("dispute", payment.id, f"rejected: {error}")
            return
    session.record("dispute", f"{payment.order_id} {payment.id}", f"{amount} lost")


def fail_refunds_for_a_while(session: SimulationSession) -> None:
    """Refunds fail or stay pending for a while."""
    session.ledger.refund_outcome = session.random.choice(("fail", "hold"))
    session.record("gateway", "refunds", session.ledger.refund_outcome)
    session.wait(session.random.choice((10, 2_000, 100_000)))
    session.ledger.refund_outcome = "process"
    for pending in [each for each in session.ledger.refunds.values() if each.status == "pending"]:
        session.ledger.schedule(session.environment.scheduler.seconds, "settle_refund", pending.id)


def pay_unknown_order(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """Pay an orphaned order of ours, whose row was never written, or an order of another product."""
    if not session.mode.webhooks:
        return
    ours = session.random.random() < 0.8
    notes = {"stage": "local" if ours else "other", "user_id": learner.user_id, "course_id": course_id}
    with session.environment.razorpay.locked_ledger() as ledger:
        body = {"amount": session.random.choice(PRICES[:3]), "currency": "INR", "notes": notes}
        order = create_order(ledger, body)
        pay(ledger, order.id, "captured")
    session.lossless_order_ids.add(order.id)
    if session.random.random() < 0.3:
        start_gateway_outage(session)
    session.record("unknown order", order.id, "paid" if ours else "paid, of another product")


def random_captured_payment(session: SimulationSession) -> Payment | None:
    """A random captured payment without a dispute."""
    disputed = [dispute.payment_id for dispute in session.ledger.disputes.values()]
    captured = [payment for payment in session.ledger.payments.values() if payment.status == "captured"]
    undisputed = [payment for payment in captured if payment.id not in disputed]
    return session.random.choice(undisputed) if undisputed else None
