"""What learners do in their browsers."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any, Final

from tests.load.http_histories.history import payer_actions
from tests.load.http_histories.history.answers import LessonAnswer, OrderAnswer, ReceiptAnswer
from tests.load.http_histories.history.api_user import Reply
from tests.load.http_histories.history.history import Attempt, Course, History, Order

_SHOPPERS: Final = 2


def buy(history: History, random: Random) -> None:
    """Create an order, in one tab or in two at once, and usually pay it: perhaps twice after a failure."""
    orders = _shop(history, random)
    if not orders or random.random() < 0.1:
        return
    for _ in range(random.choice((1, 1, 2))):
        attempt = payer_actions.pay(history, random, orders[-1])
        if attempt is None or attempt.checkout is not None:
            break
    if attempt is not None:
        _verify_unless_closed(history, random, attempt)


def pay_earlier_order(history: History, random: Random) -> None:
    """Pay an order of a tab that stayed open, perhaps for days."""
    order = history.pick_order(random)
    attempt = payer_actions.pay(history, random, order) if order else None
    if attempt is not None:
        _verify_unless_closed(history, random, attempt)


def verify_again(history: History, random: Random) -> None:
    attempt = history.pick_attempt(random, lambda each: each.checkout is not None)
    if attempt is not None:
        _verify(history, random, attempt)


def forge_checkout(history: History, random: Random) -> None:
    """An invented signature, or the checkout of another learner: both must be rejected."""
    attempt = history.pick_attempt(random, lambda each: each.checkout is not None and each.order.learner is not None)
    if attempt is None or attempt.checkout is None or attempt.order.learner is None:
        return
    forger = random.randrange(len(history.learners))
    checkout = dict(attempt.checkout)
    if forger == attempt.order.learner:
        checkout["razorpay_signature"] = "0" * 64
    reply = history.learners[forger].call("POST", "/api/payments/verify", checkout, random=random)
    history.play("forge a checkout", f"{attempt.order.order_id} {outcome(reply)}")
    if reply is not None and reply.ok:
        history.problems.append(f"a forged checkout was accepted: {attempt.order.order_id}")


def enroll(history: History, random: Random) -> None:
    learner, course = random.randrange(len(history.learners)), random.choice(history.courses)
    body = {"course_id": course.course_id}
    reply = history.learners[learner].call("POST", "/api/enrollments", body, random=random)
    history.play("enroll", f"learner {learner} in {course.course_id} {outcome(reply)}")


def withdraw(history: History, random: Random) -> None:
    learner, course = random.randrange(len(history.learners)), random.choice(history.courses)
    reply = history.learners[learner].call("DELETE", f"/api/enrollments/{course.course_id}", random=random)
    history.play("withdraw", f"learner {learner} from {course.course_id} {outcome(reply)}")
    if reply is not None and reply.ok:
        history.add_step(learner, course.course_id, kind="withdrawn", subject="enrollment")


def complete_lessons(history: History, random: Random) -> None:
    learner, course = random.randrange(len(history.learners)), random.choice(history.courses)
    for lesson_id in course.lesson_ids:
        path = f"/api/enrollments/{course.course_id}/lessons/{lesson_id}"
        reply = history.learners[learner].call("PUT", path, {"completed": True}, random=random)
        history.play("complete lessons", f"learner {learner} {lesson_id} {outcome(reply)}")
        if reply is not None and reply.ok:
            history.answers.lessons.append(LessonAnswer(learner, course.course_id, lesson_id))


def read_receipt(history: History, random: Random) -> None:
    order = history.pick_order(random)
    if order is None or order.learner is None:
        return
    path = f"/api/payments/{order.order_id}/receipt"
    reply = history.learners[order.learner].call("GET", path, random=random)
    history.play("read a receipt", f"{order.order_id} {outcome(reply)}")
    if reply is not None and reply.ok:
        history.answers.receipts.append(ReceiptAnswer(order.order_id, reply.body["number"]))


def read_payments(history: History, random: Random) -> None:
    """A payment of an own list belongs to an order that the learner knows, or whose answer was lost."""
    learner = random.randrange(len(history.learners))
    reply = history.learners[learner].call("GET", "/api/payments/my?limit=100", random=random)
    history.play("read own payments", f"learner {learner} {outcome(reply)}")


def _shop(history: History, random: Random) -> list[Order]:
    """Orders of the first learner who has not got the course, of a few."""
    for _ in range(_SHOPPERS):
        learner, course = random.randrange(len(history.learners)), random.choice(history.courses)
        orders = _create_order(history, random, learner, course)
        if orders:
            return orders
    return []


def _create_order(history: History, random: Random, learner: int, course: Course) -> list[Order]:
    """The orders of the answers: the same one in both tabs, unless the price changed in between."""
    tabs = [Random(random.random()) for _ in range(2 if random.random() < 0.25 else 1)]
    with ThreadPoolExecutor(len(tabs)) as threads:
        replies = list(threads.map(lambda tab: _order_in_tab(history, tab, learner, course), tabs))
    orders = [
        Order(reply.body["order_id"], learner, course.course_id, reply.body["amount"])
        for reply in replies
        if reply is not None and reply.ok
    ]
    if len({(order.order_id, order.amount) for order in orders}) > 1 and len({order.amount for order in orders}) == 1:
        history.problems.append(f"two tabs got two orders: {[order.order_id for order in orders]}")
    for order in orders:
        history.add_order(order)
        history.answers.orders.append(OrderAnswer(learner, course.course_id, order.order_id, order.amount))
    return orders


def _order_in_tab(history: History, random: Random, learner: int, course: Course) -> Reply | None:
    headers = {"Idempotency-Key": f"{random.getrandbits(60):x}"} if random.random() < 0.3 else {}
    body = {"course_id": course.course_id}
    user = history.learners[learner]
    reply = user.call("POST", "/api/payments/create-order", body, headers=headers, random=random)
    order = reply.body["order_id"] if reply is not None and reply.ok else ""
    history.play("create-order", f"learner {learner} {course.course_id} {outcome(reply)} {order}")
    return reply


def _verify_unless_closed(history: History, random: Random, attempt: Attempt) -> None:
    if attempt.checkout is None:
        return
    if random.random() < history.plan.loss.verify:
        history.play("browser closed", attempt.order.order_id)
        return
    _verify(history, random, attempt)


def _verify(history: History, random: Random, attempt: Attempt) -> None:
    order = attempt.order
    if order.learner is None:
        return
    reply = history.learners[order.learner].call("POST", "/api/payments/verify", attempt.checkout, random=random)
    history.play("verify", f"{order.order_id} {attempt.payment_id} {outcome(reply)}")
    if reply is None:
        return
    if reply.ok:
        history.keep_payment_state(reply)
    elif reply.status == 404 and history.was_returned(order.order_id):
        history.problems.append(f"{order.order_id} was returned by create-order, and is unknown to verify")


def outcome(reply: Reply | None) -> str:
    if reply is None:
        return "> no answer"
    state: Any = reply.body if isinstance(reply.body, dict) else {}
    payment = state.get("payment") or {}
    status = payment.get("status") or state.get("status") or ""
    return f"> {reply.status} {reply.code or status}".rstrip()
