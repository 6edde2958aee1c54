"""What learners and their banks do at Razorpay."""

from random import Random
from typing import Any, Final

from tests.load.http_histories.history.history import Attempt, History, Order
from tests.load.http_histories.plan import DAY, MINUTE
from tests.load.http_histories.processes.gateway import GatewayRefused

OFFERS_UP_TO_PERCENT: Final = 10
"""The setting of the product."""
_OUTCOMES: Final = {"captured": 60, "authorized": 12, "failed": 8, "late": 6, "created": 8, "another amount": 6}
_LATE_SECONDS: Final = (0.5, MINUTE, 20 * MINUTE, 6 * 60 * MINUTE, DAY, 2.5 * DAY)


def pay(history: History, random: Random, order: Order) -> Attempt | None:
    """One attempt at the checkout; None when Razorpay refuses it because the order is paid."""
    outcome = random.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
    body, eligible = _checkout(random, order, outcome)
    try:
        result = history.gateway.control(f"orders/{order.order_id}/pay", body)
    except GatewayRefused as refusal:
        history.note(f"pay {order.order_id}: refused, {refusal}")
        return None
    payment_id = result["razorpay_payment_id"]
    signed = {name: value for name, value in result.items() if name.startswith("razorpay_")}
    checkout = signed if result["razorpay_signature"] else None
    attempt = Attempt(order, payment_id, body.get("amount", order.amount), eligible, checkout)
    history.add_attempt(attempt)
    history.play(f"pay: {outcome}", f"{order.order_id} {payment_id} {body}")
    return attempt


def bank_answers_late(history: History, random: Random) -> None:
    """An attempt that was open or failed is authorized, perhaps although the order is paid; or an authorization is
    captured."""
    attempt = history.pick_attempt(random)
    if attempt is None:
        return
    action, body = random.choice(
        (
            ("late_authorize", {"even_if_paid": True}),
            ("late_authorize", {"capture": True, "even_if_paid": random.random() < 0.7}),
            ("late_authorize", {}),
            ("capture", {}),
            ("fail", {}),
        )
    )
    try:
        result = history.gateway.control(f"payments/{attempt.payment_id}/{action}", body)
    except GatewayRefused as refusal:
        history.note(f"{action} {attempt.payment_id}: refused, {refusal}")
        return
    if result.get("razorpay_signature"):
        checkout = {name: value for name, value in result.items() if name.startswith("razorpay_")}
        known = Attempt(attempt.order, attempt.payment_id, attempt.amount, attempt.eligible, checkout)
        history.add_attempt(known)
    history.play(f"bank answers late: {action}", f"{attempt.order.order_id} {attempt.payment_id} {body}")


def pay_forgotten_order(history: History, random: Random) -> None:
    """Pay an order of ours that the product never stored: it was killed in between. Sometimes its course is unknown."""
    learner, course = random.randrange(len(history.learners)), random.choice(history.courses)
    is_orphan = random.random() < 0.2
    course_id = "crs_" + "0" * 25 + "Z" if is_orphan else course.course_id
    amount = min(course.price.values)
    notes = {"stage": "local", "user_id": history.learners[learner].user_id, "course_id": course_id}
    created = history.gateway.rest("POST", "orders", {"amount": amount, "currency": "INR", "notes": notes})
    order = Order(created["id"], None if is_orphan else learner, course_id, amount)
    history.add_order(order)
    result = history.gateway.control(f"orders/{order.order_id}/pay", {"outcome": "captured"})
    history.add_attempt(Attempt(order, result["razorpay_payment_id"], amount, not is_orphan, None))
    kind = "pay an orphaned order" if is_orphan else "pay a forgotten order"
    history.play(kind, f"learner {learner} {order.order_id} {result['razorpay_payment_id']}")


def pay_other_product(history: History, random: Random) -> None:
    """A payment of the same account that is not ours."""
    product = random.choice(("payment_link", "qr_code"))
    body = {"product": product, "with_order": random.choice((None, True, False))}
    history.gateway.control("other_products/pay", body)
    history.play("pay by link or QR code", product)


def _checkout(random: Random, order: Order, outcome: str) -> tuple[dict[str, Any], bool]:
    """The body of the control API's call, and whether the amount is one that the settings accept."""
    if outcome == "another amount":
        return {"outcome": "captured", "amount": order.amount + random.choice((-100, 100, -5_000))}, False
    body: dict[str, Any] = {"outcome": outcome}
    if outcome == "late":
        body = {"outcome": "captured", "late_seconds": random.choice(_LATE_SECONDS)}
    draw = random.random()
    if draw < 0.07:
        discount = order.amount * random.choice((5, 10, 11, 50)) // 100
        body |= {"offer_id": "offer_JGQvQtvJmVDRIA", "discount": discount}
        return body, discount * 100 <= order.amount * OFFERS_UP_TO_PERCENT
    if draw < 0.14:
        body["customer_bears_fee"] = True
    return body, True
