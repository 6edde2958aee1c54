"""Converts the typed changes of an enrollment to stored attributes. No other module knows both forms."""

from typing import Any

from shared.db.due_index import due_attributes
from shared.db.entities import Enrollment
from shared.domain.changes import EnrollmentChanges, Order, changed_fields


def enrollment_attributes(enrollment: Enrollment, changes: EnrollmentChanges) -> dict[str, Any]:
    """The attributes that `changes` set, by their stored names; None removes the attribute."""
    attributes: dict[str, Any] = {}
    for field, value in changed_fields(changes).items():
        match field:
            case "awaited_order":
                attributes |= _order_attributes(enrollment, value)
            case "pending_until":
                attributes |= due_attributes(f"{enrollment.user_id}{enrollment.course_id}", value)
            case "orders_on_hold":
                attributes["orders_on_hold"] = list(value or ()) or None
            case _:
                attributes[field] = value
    return attributes


def _order_attributes(enrollment: Enrollment, order: Order | None) -> dict[str, Any]:
    """`order_coupon` is among them if the order has a coupon, or the one before had."""
    coupon = order and order.coupon
    return {
        "order_id": order and order.order_id,
        "order_amount": order and order.amount,
        "order_currency": order and order.currency,
        "order_window_ends_at": order and order.window_ends_at,
        "order_buyer": order and order.buyer.fingerprint,
        **({"order_coupon": coupon} if coupon or enrollment.order_coupon else {}),
    }
