"""What is stored of a learner, a course and a coupon, for the price and the order of a purchase."""

from dataclasses import dataclass
from datetime import datetime

from functions.payments.errors import PaymentOnHold
from shared.db.entities import Coupon, Course, Enrollment, User
from shared.db.payments import payments
from shared.db.payments.payments import PaymentStep
from shared.db.table import keys, store
from shared.domain.lifecycle import EnrollmentStatus, PaymentStatus
from shared.enrollment_rules import Offer, has_payable_order
from shared.errors import Unauthenticated
from shared.settlement.coupon_rules import with_coupon_state
from shared.settlement.order_rules import superseded_changes
from shared.tokens import Caller


@dataclass(frozen=True)
class OrderRecords:
    """What is stored of the caller, the course and the coupon."""

    course: Course | None
    coupon: Coupon | None
    enrollment: Enrollment | None
    payer: User


def read_order_records(caller: Caller, course_id: str, code: str | None) -> OrderRecords:
    """One BatchGetItem. Raises Unauthenticated when the caller's account no longer exists."""
    course_key, user_key = keys.course(course_id), keys.user(caller.user_id)
    enrollment_key = keys.enrollment(caller.user_id, course_id)
    coupon_keys = [keys.coupon(code)] if code else []
    found = store.get_many([course_key, enrollment_key, user_key, *coupon_keys])
    payer = store.cast_to(User, found.get(user_key))
    if payer is None:
        raise Unauthenticated
    course = store.cast_to(Course, found.get(course_key))
    coupon = store.first_of(Coupon, found.values())
    return OrderRecords(course, coupon, store.cast_to(Enrollment, found.get(enrollment_key)), payer)


def require_no_hold(enrollment: Enrollment | None) -> None:
    """Raises PaymentOnHold while money of the learner for the course is on hold: the learner must not pay twice. A hold
    that is written after this read changes the enrollment, and the transaction that opens an order is refused."""
    if enrollment and enrollment.orders_on_hold:
        raise PaymentOnHold(f"a payment on {enrollment.orders_on_hold[0]} is on hold until it is accepted or refunded")


def is_still_offered(enrollment: Enrollment, offer: Offer, now: datetime) -> bool:
    """Whether the enrollment waits for an order of this offer that can be paid."""
    return enrollment.status is EnrollmentStatus.PENDING and has_payable_order(enrollment, offer, now)


def superseded_step(enrollment: Enrollment | None, now: datetime) -> PaymentStep | None:
    """The step of the pending order that the enrollment waited for until now, or until the learner withdrew, when
    another order supersedes it. One GetItem if there is an order."""
    if enrollment is None or enrollment.order_id is None:
        return None
    payment = payments.get(enrollment.order_id)
    if payment is None or payment.status is not PaymentStatus.PENDING:
        return None
    return PaymentStep(payment, with_coupon_state(payment, superseded_changes(payment, now)))
