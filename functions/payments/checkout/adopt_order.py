"""An order we have no row of: made by us in a call that died before saving, or by another product of the account."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum, auto
from typing import Any

from functions.payments.checkout.orders import new_payment
from shared import clock, ids
from shared.config import settings
from shared.db.entities import Course
from shared.db.payments import payments
from shared.db.table import keys, store
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected


class Adoption(StrEnum):
    ADOPTED = auto()
    NOT_OURS = auto()


def adopt_order(order_id: str) -> Adoption:
    """Fetches the order, and writes its row when our notes are in it (stage, user, course). Harmless to repeat.

    Raises GatewayUnavailable and StoreUnavailable: whose it is cannot be told now."""
    try:
        order = razorpay.fetch_order(order_id)
    except GatewayRejected:
        return Adoption.NOT_OURS
    whose = payer_from_notes(order)
    if whose is None:
        return Adoption.NOT_OURS
    user_id, course_id = whose
    course = store.get(Course, keys.course(course_id))
    if course is None:
        return Adoption.NOT_OURS
    now = clock.now()
    made = datetime.fromtimestamp(order["created_at"], UTC)
    payment = new_payment(
        user_id,
        course,
        order_id,
        order["amount"],
        order["currency"],
        str(order.get("receipt") or ""),
        now,
        made + timedelta(seconds=settings().order_window_seconds),
    )
    payments.adopt(payment, course, now)
    return Adoption.ADOPTED


def payer_from_notes(order: dict[str, Any]) -> tuple[str, str] | None:
    """(user id, course id) from our notes in the gateway's order entity; None when another product made it."""
    notes = order.get("notes")
    if not isinstance(notes, dict) or notes.get("stage") != settings().stage:
        return None
    user_id, course_id = str(notes.get("user_id")), str(notes.get("course_id"))
    return (user_id, course_id) if ids.USER.fullmatch(user_id) and ids.COURSE.fullmatch(course_id) else None
