"""Orphaned orders: they exist at Razorpay but not here. We crashed before saving them, an older table was restored, or
another product of the account created them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum, auto
from functools import partial
from typing import Final

from functions.payments.checkout.orders import new_scheduled_payment
from shared import clock, ids
from shared.config import settings
from shared.db.entities import Course
from shared.db.payments import foreign_orders, order_writes
from shared.db.payments.order_writes import AdoptOutcome, CourseRef
from shared.db.payments.payment_attributes import apply_payment_changes
from shared.db.table import keys, store
from shared.db.table.retry import retry_on_conflict
from shared.domain.changes import Order, PaymentChanges
from shared.domain.lifecycle import UNKNOWN_INSTRUCTOR, StatusReason
from shared.errors import GatewayUnavailable, StoreUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected, Json
from shared.observability import emit_metrics, logger

FOREIGN_LIFETIME: Final = timedelta(days=30)
"""How long an order is remembered whose notes are not ours."""
UNKNOWN_ORDER_LIFETIME: Final = timedelta(hours=1)
"""How long an order is remembered that Razorpay says does not exist. That answer may be wrong: the order may be minutes
old, or our key may be that of another mode."""
_DOES_NOT_EXIST: Final = "does not exist"


class Adoption(StrEnum):
    ADOPTED = auto()
    NOT_OURS = auto()


@dataclass(frozen=True)
class OrderPayer:
    """The learner who ordered, and the course."""

    user_id: str
    course_id: str


def adopt_order(order_id: str, listed: Json | None = None) -> Adoption:
    """Stores a payment for the order if its notes are ours (stage, user, course). If the course or the learner is not
    in the table, the payment has the reason `orphaned`. Safe to repeat.

    `listed` is Razorpay's order entity, if the caller has it from a list. Otherwise Razorpay is asked once, unless the
    order is remembered as not ours. Raises GatewayUnavailable and StoreUnavailable: whether the order is ours is
    unknown then."""
    if listed is None and foreign_orders.is_remembered(order_id, clock.now()):
        return Adoption.NOT_OURS
    entity = listed or fetch_order(order_id)
    payer = payer_from_notes(entity) if entity else None
    if entity is None or payer is None:
        if listed is None:
            lifetime = FOREIGN_LIFETIME if entity else UNKNOWN_ORDER_LIFETIME
            foreign_orders.remember(order_id, clock.now() + lifetime)
        return Adoption.NOT_OURS
    adopt = partial(_adopt, order_id, entity, payer)
    retry_on_conflict(adopt, partial(StoreUnavailable, "the course of the order keeps changing"))
    return Adoption.ADOPTED


def payer_from_notes(order: Json) -> OrderPayer | None:
    """The payer in our notes of Razorpay's order entity; None when another product created it."""
    notes = order.get("notes")
    if not isinstance(notes, dict) or notes.get("stage") != settings().stage:
        return None
    payer = OrderPayer(str(notes.get("user_id")), str(notes.get("course_id")))
    is_valid = ids.USER.fullmatch(payer.user_id) and ids.COURSE.fullmatch(payer.course_id)
    return payer if is_valid else None


def fetch_order(order_id: str) -> Json | None:
    """Razorpay's order entity; None when it says that there is no such order. Every other rejection, and an answer that
    is not this order, proves nothing about the order: raises GatewayUnavailable."""
    try:
        entity = razorpay.fetch_order(order_id)
    except GatewayRejected as error:
        if _DOES_NOT_EXIST in str(error.error.get("description")):
            return None
        raise GatewayUnavailable("the payment gateway rejected a question about an order") from error
    if entity.get("id") != order_id or "notes" not in entity:
        raise GatewayUnavailable("the payment gateway did not answer with the order")
    return entity


def _adopt(order_id: str, entity: Json, payer: OrderPayer) -> None:
    """One attempt. Raises WriteConflict when the course changed since the read."""
    course, now = store.get(Course, keys.course(payer.course_id)), clock.now()
    created_at = datetime.fromtimestamp(entity["created_at"], UTC)
    window_ends_at = created_at + timedelta(seconds=settings().order_window_seconds)
    order, receipt = Order(order_id, entity["amount"], entity["currency"], window_ends_at), entity.get("receipt")
    course_ref = course or CourseRef(payer.course_id, UNKNOWN_INSTRUCTOR)
    payment = new_scheduled_payment(payer.user_id, course_ref, order, str(receipt or ""), now)
    if course and order_writes.adopt(payment, course, now) is AdoptOutcome.STORED:
        return
    logger().warning("order of an unknown course or learner", extra={"order_id": order_id})
    emit_metrics("adoption", {"orders_orphaned": 1})
    order_writes.adopt(apply_payment_changes(payment, PaymentChanges(reason=StatusReason.ORPHANED)), course, now)
