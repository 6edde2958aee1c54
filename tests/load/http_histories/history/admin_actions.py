"""What the admin does: refunds, payments on hold, grants, revocations, polls."""

import hashlib
from random import Random

from tests.load.http_histories.history.answers import RefundAnswer
from tests.load.http_histories.history.history import History, Order
from tests.load.http_histories.history.learner_actions import outcome


def refund(history: History, random: Random) -> None:
    """Everything, or a part and perhaps the rest. The same key is sent again when an answer was lost."""
    order = history.pick_order(random)
    if order is None:
        return
    for amount in random.choice(((None,), (10_000,), (order.amount,), (10_000, None), (5_000, 5_000))):
        _refund(history, random, order, amount)


def decide_on_hold(history: History, random: Random) -> None:
    """Accept or refund a payment on hold."""
    order = history.pick_order(random)
    if order is None:
        return
    found = history.admin.call("GET", f"/api/payments/{order.order_id}", random=random)
    if found is None or not found.ok:
        return
    held = [each["payment_id"] for each in found.body["payment"]["on_hold"] if each["state"] == "on_hold"]
    if not held:
        return
    payment_id = random.choice(held)
    if random.random() < 0.4:
        _refund(history, random, order, None, payment_id)
        return
    history.accepted.add(payment_id)
    body = {"payment_id": payment_id, "reason": "the learner called"}
    reply = history.admin.call("POST", f"/api/payments/{order.order_id}/accept", body, random=random)
    history.play("accept a payment on hold", f"{order.order_id} {payment_id} {outcome(reply)}")
    if reply is not None and reply.ok:
        history.keep_payment_state(reply)


def grant(history: History, random: Random) -> None:
    _change_access(history, random, "grant", "admin_granted")


def revoke(history: History, random: Random) -> None:
    _change_access(history, random, "revoke", "admin_revoked")


def poll(history: History, random: Random) -> None:
    order = history.pick_order(random)
    if order is None:
        return
    reply = history.admin.call("POST", f"/api/payments/{order.order_id}/poll", random=random)
    history.play("poll an order", f"{order.order_id} {outcome(reply)}")
    if reply is not None and reply.ok:
        history.keep_payment_state(reply)


def _refund(history: History, random: Random, order: Order, amount: int | None, payment_id: str | None = None) -> None:
    key = f"{random.getrandbits(60):x}" if amount is not None else None
    body = {"reason": "requested", "amount": amount, "payment_id": payment_id}
    headers = {"Idempotency-Key": key} if key else {}
    path = f"/api/payments/{order.order_id}/refund"
    given = {name: value for name, value in body.items() if value is not None}
    reply = history.admin.call("POST", path, given, headers=headers, random=random)
    history.play("refund by the admin", f"{order.order_id} {amount or 'all'} {payment_id or ''} {outcome(reply)}")
    if reply is not None and reply.ok:
        stored = hashlib.sha256(f"{order.order_id}:{key}".encode()).hexdigest()[:24] if key else "all"
        history.answers.refunds.append(RefundAnswer(order.order_id, stored, amount, payment_id))
        history.keep_payment_state(reply)


def _change_access(history: History, random: Random, action: str, kind: str) -> None:
    learner, course = random.randrange(len(history.learners)), random.choice(history.courses)
    body = {"user_id": history.learners[learner].user_id, "course_id": course.course_id, "reason": "requested"}
    if action == "grant":
        history.grants_tried.add((learner, course.course_id))
    reply = history.admin.call("POST", f"/api/enrollments/{action}", body, random=random)
    history.play(action, f"learner {learner} {course.course_id} {outcome(reply)}")
    if reply is not None and reply.ok:
        history.add_step(learner, course.course_id, kind=kind, subject="enrollment")
