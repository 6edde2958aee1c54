"""Gives a learner the pending enrollment back that a lost order had."""

from shared import clock
from shared.db.enrollments import enrollments
from shared.db.enrollments.enrollments import EnrollmentStep, new_enrollment
from shared.db.entities import Course, Enrollment, Payment, User
from shared.db.payments.payment_attributes import extra_captures
from shared.db.table import keys, store
from shared.db.table.retry import retry_on_conflict
from shared.domain.changes import Order
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus
from shared.enrollment_rules import pending_for_order_changes
from shared.errors import StoreUnavailable


def await_adopted_order(payment: Payment) -> None:
    """Makes the payer's enrollment wait for the order, as create-order had done before the table was lost, if the
    learner has none or it had ended. The capture of the order then grants the course; otherwise it would be refunded as
    no longer wanted. For an order that was adopted after a restore and whose money was kept. Safe to repeat.

    Raises StoreUnavailable."""
    retry_on_conflict(lambda: _attempt(payment), lambda: StoreUnavailable("the enrollment keeps changing"))


def _attempt(payment: Payment) -> None:
    """Raises WriteConflict."""
    course_key, user_key = keys.course(payment.course_id), keys.user(payment.user_id)
    enrollment_key = keys.enrollment(payment.user_id, payment.course_id)
    found = store.get_many([course_key, user_key, enrollment_key])
    course, learner = store.cast_to(Course, found.get(course_key)), store.cast_to(User, found.get(user_key))
    read = store.cast_to(Enrollment, found.get(enrollment_key))
    if course is None or learner is None or not _is_payable(payment) or not _may_wait(read):
        return
    now = clock.now()
    base = read or new_enrollment(payment.user_id, learner.name, course.course_id, course.instructor_id, now)
    order = Order(payment.order_id, payment.amount, payment.currency, payment.window_ends_at)
    enrollments.await_order(course, EnrollmentStep(read, base, pending_for_order_changes(order)), now)


def _is_payable(payment: Payment) -> bool:
    """Whether a capture is still to be recorded that grants the course. One on hold is recorded already when a recovery
    is repeated: the order has failed, and nothing would end the waiting."""
    is_failed = payment.status is PaymentStatus.FAILED and not extra_captures(payment)
    return payment.status is PaymentStatus.PENDING or is_failed


def _may_wait(enrollment: Enrollment | None) -> bool:
    return enrollment is None or enrollment.status is EnrollmentStatus.CANCELLED
