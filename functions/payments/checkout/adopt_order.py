"""Orphaned orders: they exist at Razorpay but not here, because we crashed before saving them, or because another
product of the account created them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, auto
from typing import Any

from functions.payments.checkout.orders import new_scheduled_payment
from shared import clock, ids
from shared.config import settings
from shared.db.entities import Course
from shared.db.payments import payments
from shared.db.table import keys, store
from shared.domain.changes import Order
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected


class Adoption(StrEnum):
    ADOPTED = auto()
    NOT_OURS = auto()


@dataclass(frozen=True)
class OrderPayer:
    """The learner who ordered, and the course."""

    user_id: str
    course_id: str


def adopt_order(order_id: str) -> Adoption:
    """Fetches the order, and stores a payment for it if its notes are ours (stage, user, course). Safe to repeat.

    Raises GatewayUnavailable and StoreUnavailable: whether the order is ours is unknown then."""
    try:
        entity = razorpay.fetch_order(order_id)
    except GatewayRejected:
        return Adoption.NOT_OURS
    payer = payer_from_notes(entity)
    course = store.get(Course, keys.course(payer.course_id)) if payer else None
    if payer is None or course is None:
        return Adoption.NOT_OURS
    created_at = datetime.fromtimestamp(entity["created_at"], UTC)
    window_ends_at = created_at + timedelta(seconds=settings().order_window_seconds)
    order, now = Order(order_id, entity["amount"], entity["currency"], window_ends_at), clock.now()
    payment = new_scheduled_payment(payer.user_id, course, order, str(entity.get("receipt") or ""), now)
    payments.adopt(payment, course, now)
    return Adoption.ADOPTED


def payer_from_notes(order: dict[str, Any]) -> OrderPayer | None:
    """The payer in our notes of Razorpay's order entity; None when another product created it."""
    notes = order.get("notes")
    if not isinstance(notes, dict) or notes.get("stage") != settings().stage:
        return None
    payer = OrderPayer(str(notes.get("user_id")), str(notes.get("course_id")))
    is_valid = ids.USER.fullmatch(payer.user_id) and ids.COURSE.fullmatch(payer.course_id)
    return payer if is_valid else None
