"""What else happens: by the learner, the instructor, the admin, the gateway's own dashboard and chance do."""

from local.razorpay.disputes import dispute
from local.razorpay.entities import Payment
from local.razorpay.errors import RefusalError
from local.razorpay.orders import create_order
from local.razorpay.payments import pay
from local.razorpay.refunds import refund
from local.simulation.cast import PRICES, Learner
from local.simulation.http import run
from local.simulation.play import Play
from shared.errors import StoreUnavailable


def change_price(play: Play, course_id: str) -> None:
    price = {"amount": play.random.choice(PRICES), "currency": "INR"}
    play.repeat("PUT", f"/api/courses/{course_id}", {"price": price}, token=play.cast.instructor_token)


def close_and_open(play: Play, course_id: str) -> None:
    """Unpublished, or hidden, and after a while back again."""
    course, reason = f"/api/courses/{course_id}", "to be looked at"
    if play.random.random() < 0.5:
        play.repeat("POST", f"{course}/unpublish", token=play.cast.instructor_token)
        play.wait(play.random.choice((1, 100, 4_000)))
        play.repeat("POST", f"{course}/publish", token=play.cast.instructor_token)
        return
    play.repeat("PATCH", f"{course}/moderation", {"hidden": True, "reason": reason}, token=play.cast.admin_token)
    play.wait(play.random.choice((1, 100, 4_000)))
    play.repeat("PATCH", f"{course}/moderation", {"hidden": False, "reason": reason}, token=play.cast.admin_token)


def delete(play: Play, course_id: str) -> None:
    play.repeat("DELETE", f"/api/courses/{course_id}", token=play.cast.instructor_token)


def grant(play: Play, learner: Learner, course_id: str) -> None:
    _admin(play, "/api/enrollments/grant", learner, course_id)


def revoke(play: Play, learner: Learner, course_id: str) -> None:
    _admin(play, "/api/enrollments/revoke", learner, course_id)


def withdraw(play: Play, learner: Learner, course_id: str) -> None:
    """The learner leaves the course."""
    play.repeat("DELETE", f"/api/enrollments/{course_id}", token=learner.token)


def refund_as_admin(play: Play) -> None:
    """All of it, or a part and perhaps the rest later."""
    payment = _some_captured(play)
    if payment is None:
        return
    for amount in play.random.choice(((None,), (10_000,), (payment.amount,), (10_000, None), (5_000, 5_000, None))):
        play.repeat(
            "POST",
            f"/api/payments/{payment.order_id}/refund",
            {"reason": "asked for it", **({} if amount is None else {"amount": amount})},
            token=play.cast.admin_token,
            headers={"Idempotency-Key": f"refund-{play.random.getrandbits(40)}"},
        )
        play.wait(play.random.choice((0, 1, 60)))


def gateway_down(play: Play) -> None:
    play.world.gateway_down_until = play.world.scheduler.seconds + play.random.choice((5, 60, 1_000, 10_000))
    play.note("gateway", "down")


def refund_at_the_gateway(play: Play) -> None:
    """Somebody uses the gateway's own dashboard. Only its webhooks tell of that."""
    payment = _some_captured(play)
    if payment is None or not play.mode.webhooks:
        return
    left = payment.amount - payment.amount_refunded
    amount = play.random.choice((left, min(left, 5_000)))
    with play.world.gateway.turn() as ledger:
        try:
            refund(ledger, payment.id, {"amount": amount})
        except RefusalError as refused:
            play.note("dashboard refunds", payment.id, f"refused: {refused}")
            return
    play.note("dashboard refunds", f"{payment.order_id} {payment.id}", str(amount))


def lose_dispute(play: Play) -> None:
    """A bank takes the learner's side, over all of it or a part, whatever was refunded. Only webhooks tell of that."""
    payment = _some_captured(play)
    if payment is None or not play.mode.webhooks:
        return
    amount = play.random.choice((payment.amount, payment.amount, 5_000))
    with play.world.gateway.turn() as ledger:
        try:
            dispute(ledger, payment.id, "created", amount)
            dispute(ledger, payment.id, "lost")
        except RefusalError as refused:
            play.note("bank", payment.id, f"refused: {refused}")
            return
    play.note("bank", f"{payment.order_id} {payment.id}", f"dispute over {amount} lost")


def bad_day_for_refunds(play: Play) -> None:
    """For a while the gateway's refunds fail, or hang."""
    play.ledger.refund_outcome = play.random.choice(("fail", "hold"))
    play.note("gateway", "refunds", play.ledger.refund_outcome)
    play.wait(play.random.choice((10, 2_000, 100_000)))
    play.ledger.refund_outcome = "process"
    pending = [made for made in play.ledger.refunds.values() if made.status == "pending"]
    for made in pending:
        play.ledger.schedule(play.world.scheduler.seconds, "settle_refund", made.id)


def pay_unknown_order(play: Play, learner: Learner, course_id: str) -> None:
    """An order of ours whose row was never written is paid all the same; or one of another product is."""
    if not play.mode.webhooks:
        return
    ours = play.random.random() < 0.8
    notes = {"stage": "local" if ours else "other", "user_id": learner.user_id, "course_id": course_id}
    with play.world.gateway.turn() as ledger:
        body = {"amount": play.random.choice(PRICES[:3]), "currency": "INR", "notes": notes}
        order = create_order(ledger, body)
        pay(ledger, order.id, "captured")
    play.must_arrive.add(order.id)
    if play.random.random() < 0.3:
        gateway_down(play)
    play.note("unknown order", order.id, "paid" if ours else "paid, another product's")


def sweep(play: Play) -> None:
    from functions.payments import sweep_handler

    try:
        report = run(play.world, "sweep", lambda: sweep_handler.lambda_handler({}, None))
    except StoreUnavailable:
        play.note("swept", "not at all: the store did not answer")
        return
    play.note("swept", str(report and {**report["verdicts"], "left": report["left"]}))


def _some_captured(play: Play) -> Payment | None:
    disputed = [each.payment_id for each in play.ledger.disputes.values()]
    captured = [each for each in play.ledger.payments.values() if each.status == "captured" and each.id not in disputed]
    return play.random.choice(captured) if captured else None


def _admin(play: Play, path: str, learner: Learner, course_id: str) -> None:
    body = {"user_id": learner.user_id, "course_id": course_id, "reason": "support"}
    play.repeat("POST", path, body, token=play.cast.admin_token)
