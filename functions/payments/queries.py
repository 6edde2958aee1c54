"""Reads payments for their payers and for admins."""

from functions.payments.refunds.sync_refunds import readable_payment
from functions.payments.schemas import PaymentsQuery
from shared.db.enrollments import enrollment_details
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.db.read_models import payment_register
from shared.db.table.store import Listing, StartKey
from shared.domain.lifecycle import Role
from shared.tokens import Caller


def get_payment(caller: Caller, order_id: str) -> tuple[Payment, EnrollmentDetails | None]:
    """One of the caller's payments (any payment, for an admin) with its enrollment.

    Raises OrderNotFound, RefundUnreadable, StoreUnavailable."""
    payment = readable_payment(order_id, None if caller.role is Role.ADMIN else caller.user_id)
    return payment, enrollment_details.read_details(payment.user_id, payment.course_id)


def list_own(caller: Caller, limit: int, start: StartKey) -> tuple[Listing[Payment], list[str]]:
    """A page of the caller's payments, newest first, with the key of the next page (None on the last), and the orders
    of this page whose items cannot be read.

    Raises StoreUnavailable."""
    unreadable: list[str] = []
    return payments.list_by_user(caller.user_id, limit, start, unreadable.append), unreadable


def list_all(query: PaymentsQuery, start: StartKey) -> tuple[Listing[Payment], list[str]]:
    """A page of all payments that match the query, newest order first, and the orders of this page whose items cannot
    be read.

    Raises StoreUnavailable."""
    unreadable: list[str] = []
    page = payment_register.list_newest(query.status, query.since, query.until, query.limit, start, unreadable.append)
    return page, unreadable
