"""Events at Razorpay: outages, refunds in its dashboard, payments of unknown orders and of other products."""

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.orders import create_order
from local.razorpay.operations.other_products import PRODUCTS, pay_other_product
from local.razorpay.operations.payments import pay
from local.razorpay.operations.refunds import refund
from local.razorpay.state.entities import Payment
from tests.simulation.initial_data import PRICES, Learner
from tests.simulation.session import SimulationSession


def start_gateway_outage(session: SimulationSession) -> None:
    session.environment.gateway_down_until = session.environment.scheduler.seconds + session.random.choice(
        (5, 60, 1_000, 10_000)
    )
    session.play("gateway outage", "down")


def refund_in_razorpay_dashboard(session: SimulationSession) -> None:
    """Refund in Razorpay's dashboard. Only webhooks and the reconciliation report it."""
    payment = random_captured_payment(session)
    if payment is None:
        return
    balance = payment.amount - payment.amount_refunded
    amount = session.random.choice((balance, min(balance, 5_000)))
    with session.environment.razorpay.locked_ledger() as ledger:
        try:
            refund(ledger, payment.id, {"amount": amount})
        except RazorpayApiError as error:
            session.record("dashboard refund", payment.id, f"rejected: {error}")
            return
    session.beyond_polls.add(str(payment.order_id))
    session.play("dashboard refund", f"{payment.order_id} {payment.id}", str(amount))


def pay_unknown_order(session: SimulationSession, learner: Learner, course_id: str) -> None:
    """Pay an orphaned order of ours, whose row was never written, or an order of another stage."""
    ours = session.random.random() < 0.8
    notes = {"stage": "local" if ours else "other", "user_id": learner.user_id, "course_id": course_id}
    with session.environment.razorpay.locked_ledger() as ledger:
        body = {"amount": session.random.choice(PRICES[:3]), "currency": "INR", "notes": notes}
        order = create_order(ledger, body)
        pay(ledger, order.id, "captured")
    session.beyond_polls.add(order.id)
    if session.random.random() < 0.3:
        start_gateway_outage(session)
    session.play("order of ours unknown" if ours else "order of another stage", order.id, "paid")


def pay_by_link_or_qr_code(session: SimulationSession) -> None:
    """A payment of another product of the account, with or without an order."""
    product, with_order = session.random.choice(PRODUCTS), session.random.choice((None, True, False))
    with session.environment.razorpay.locked_ledger() as ledger:
        payment = pay_other_product(ledger, product, with_order=with_order)
        if session.random.random() < 0.3:
            refund(ledger, payment.id, {"amount": 10_000})
    session.play(f"payment by {product.replace('_', ' ')}", payment.id, payment.order_id or "no order")


def random_captured_payment(session: SimulationSession) -> Payment | None:
    """A random captured payment on an order."""
    payments = session.ledger.payments.values()
    captured = [payment for payment in payments if payment.status == "captured" and payment.order_id]
    return session.random.choice(captured) if captured else None
