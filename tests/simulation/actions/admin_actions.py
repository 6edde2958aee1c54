"""What else happens: by the learner, the instructor, the admin, the gateway's own dashboard and chance do."""

from local.razorpay.errors import RazorpayApiError
from local.razorpay.operations.disputes import update_dispute
from local.razorpay.operations.orders import create_order
from local.razorpay.operations.payments import pay
from local.razorpay.operations.refunds import refund
from local.razorpay.state.entities import Payment
from shared.errors import StoreUnavailable
from tests.simulation.initial_data import PRICES, Learner
from tests.simulation.runtime.api_client import run_function
from tests.simulation.session import SimulationSession


def change_price(play: SimulationSession, course_id: str) -> None:
    price = {"amount": play.random.choice(PRICES), "currency": "INR"}
    play.call_with_retries("PUT", f"/api/courses/{course_id}", {"price": price}, token=play.data.instructor_token)


def unpublish_and_republish(play: SimulationSession, course_id: str) -> None:
    """Unpublished, or hidden, and after a while back again."""
    course, reason = f"/api/courses/{course_id}", "to be looked at"
    if play.random.random() < 0.5:
        play.call_with_retries("POST", f"{course}/unpublish", token=play.data.instructor_token)
        play.wait(play.random.choice((1, 100, 4_000)))
        play.call_with_retries("POST", f"{course}/publish", token=play.data.instructor_token)
        return
    play.call_with_retries(
        "PATCH", f"{course}/moderation", {"hidden": True, "reason": reason}, token=play.data.admin_token
    )
    play.wait(play.random.choice((1, 100, 4_000)))
    play.call_with_retries(
        "PATCH", f"{course}/moderation", {"hidden": False, "reason": reason}, token=play.data.admin_token
    )


def delete_course(play: SimulationSession, course_id: str) -> None:
    play.call_with_retries("DELETE", f"/api/courses/{course_id}", token=play.data.instructor_token)


def grant_access(play: SimulationSession, learner: Learner, course_id: str) -> None:
    _change_access(play, "/api/enrollments/grant", learner, course_id)


def revoke_access(play: SimulationSession, learner: Learner, course_id: str) -> None:
    _change_access(play, "/api/enrollments/revoke", learner, course_id)


def withdraw_from_course(play: SimulationSession, learner: Learner, course_id: str) -> None:
    """The learner leaves the course."""
    play.call_with_retries("DELETE", f"/api/enrollments/{course_id}", token=learner.token)


def refund_as_admin(play: SimulationSession) -> None:
    """All of it, or a part and perhaps the rest later."""
    payment = _random_captured_payment(play)
    if payment is None:
        return
    for amount in play.random.choice(((None,), (10_000,), (payment.amount,), (10_000, None), (5_000, 5_000, None))):
        play.call_with_retries(
            "POST",
            f"/api/payments/{payment.order_id}/refund",
            {"reason": "asked for it", **({} if amount is None else {"amount": amount})},
            token=play.data.admin_token,
            headers={"Idempotency-Key": f"refund-{play.random.getrandbits(40)}"},
        )
        play.wait(play.random.choice((0, 1, 60)))


def start_gateway_outage(play: SimulationSession) -> None:
    play.environment.gateway_down_until = play.environment.scheduler.seconds + play.random.choice(
        (5, 60, 1_000, 10_000)
    )
    play.record("gateway", "down")


def refund_in_razorpay_dashboard(play: SimulationSession) -> None:
    """Somebody uses the gateway's own dashboard. Only its webhooks tell of that."""
    payment = _random_captured_payment(play)
    if payment is None or not play.mode.webhooks:
        return
    left = payment.amount - payment.amount_refunded
    amount = play.random.choice((left, min(left, 5_000)))
    with play.environment.razorpay.locked_ledger() as ledger:
        try:
            refund(ledger, payment.id, {"amount": amount})
        except RazorpayApiError as refused:
            play.record("dashboard refunds", payment.id, f"refused: {refused}")
            return
    play.record("dashboard refunds", f"{payment.order_id} {payment.id}", str(amount))


def lose_dispute(play: SimulationSession) -> None:
    """A bank takes the learner's side, over all of it or a part, whatever was refunded. Only webhooks tell of that."""
    payment = _random_captured_payment(play)
    if payment is None or not play.mode.webhooks:
        return
    amount = play.random.choice((payment.amount, payment.amount, 5_000))
    with play.environment.razorpay.locked_ledger() as ledger:
        try:
            update_dispute(ledger, payment.id, "created", amount)
            update_dispute(ledger, payment.id, "lost")
        except RazorpayApiError as refused:
            play.record("bank", payment.id, f"refused: {refused}")
            return
    play.record("bank", f"{payment.order_id} {payment.id}", f"dispute over {amount} lost")


def fail_refunds_for_a_while(play: SimulationSession) -> None:
    """For a while the gateway's refunds fail, or hang."""
    play.ledger.refund_outcome = play.random.choice(("fail", "hold"))
    play.record("gateway", "refunds", play.ledger.refund_outcome)
    play.wait(play.random.choice((10, 2_000, 100_000)))
    play.ledger.refund_outcome = "process"
    pending = [made for made in play.ledger.refunds.values() if made.status == "pending"]
    for made in pending:
        play.ledger.schedule(play.environment.scheduler.seconds, "settle_refund", made.id)


def pay_unknown_order(play: SimulationSession, learner: Learner, course_id: str) -> None:
    """An order of ours whose row was never written is paid all the same; or one of another product is."""
    if not play.mode.webhooks:
        return
    ours = play.random.random() < 0.8
    notes = {"stage": "local" if ours else "other", "user_id": learner.user_id, "course_id": course_id}
    with play.environment.razorpay.locked_ledger() as ledger:
        body = {"amount": play.random.choice(PRICES[:3]), "currency": "INR", "notes": notes}
        order = create_order(ledger, body)
        pay(ledger, order.id, "captured")
    play.lossless_order_ids.add(order.id)
    if play.random.random() < 0.3:
        start_gateway_outage(play)
    play.record("unknown order", order.id, "paid" if ours else "paid, another product's")


def run_sweep(play: SimulationSession) -> None:
    from functions.payments import sweep_handler

    try:
        report = run_function(play.environment, "sweep", lambda: sweep_handler.lambda_handler({}, None))
    except StoreUnavailable:
        play.record("swept", "not at all: the store did not answer")
        return
    play.record("swept", str(report and {**report["verdicts"], "left": report["deferred"]}))


def _random_captured_payment(play: SimulationSession) -> Payment | None:
    disputed = [each.payment_id for each in play.ledger.disputes.values()]
    captured = [each for each in play.ledger.payments.values() if each.status == "captured" and each.id not in disputed]
    return play.random.choice(captured) if captured else None


def _change_access(play: SimulationSession, path: str, learner: Learner, course_id: str) -> None:
    body = {"user_id": learner.user_id, "course_id": course_id, "reason": "support"}
    play.call_with_retries("POST", path, body, token=play.data.admin_token)
