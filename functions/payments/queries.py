"""Reads payments for their payers and for admins."""

from typing import Any

from functions.payments.errors import OrderNotFound
from functions.payments.schemas import PaymentsQuery
from shared.db.enrollments import enrollment_details
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.read_models import payment_register
from shared.domain.lifecycle import Role
from shared.tokens import Caller


def get_payment(caller: Caller, order_id: str) -> tuple[Payment, EnrollmentDetails | None]:
    """One of the caller's payments (any payment, for an admin) with its enrollment.

    Raises OrderNotFound, StoreUnavailable."""
    payment = payments.get(order_id)
    if payment is None or (caller.role is not Role.ADMIN and payment.user_id != caller.user_id):
        raise OrderNotFound
    return payment, enrollment_details.read_details(payment.user_id, payment.course_id)


def list_own(caller: Caller, limit: int, start: dict[str, Any] | None) -> tuple[list[Payment], Any]:
    """A page of the caller's payments, newest first, and the key of the next page (None on the last).

    Raises StoreUnavailable."""
    return payments.list_by_user(caller.user_id, limit, start)


def list_all(query: PaymentsQuery, start: dict[str, Any] | None) -> tuple[list[Payment], Any]:
    """A page of all payments that match the query, newest order first, and the key of the next page (None on the last).

    Raises StoreUnavailable."""
    return payment_register.list_newest(query.status, query.since, query.until, query.limit, start)
