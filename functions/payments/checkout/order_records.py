"""What is stored of a learner, a course and a coupon, for the price and the order of a purchase."""

from dataclasses import dataclass
from datetime import datetime

from functions.payments.coupons.coupon_errors import readable
from functions.payments.errors import PaymentOnHold
from shared.db.entities import Coupon, Course, Enrollment, User
from shared.db.table import keys, store
from shared.domain.lifecycle import EnrollmentStatus
from shared.enrollment_rules import Offer, has_payable_order
from shared.errors import Unauthenticated
from shared.tokens import Caller


@dataclass(frozen=True)
class OrderRecords:
    """What is stored of the caller, the course and the coupon."""

    course: Course | None
    coupon: Coupon | None
    enrollment: Enrollment | None
    payer: User


def read_order_records(caller: Caller, course_id: str, code: str | None) -> OrderRecords:
    """One BatchGetItem. Raises CouponUnreadable, and Unauthenticated when the caller's account no longer exists."""
    course_key, user_key = keys.course(course_id), keys.user(caller.user_id)
    enrollment_key = keys.enrollment(caller.user_id, course_id)
    coupon_keys = [keys.coupon(code)] if code else []
    found = store.get_many_raw([course_key, enrollment_key, user_key, *coupon_keys])
    raw_coupons = [raw for raw in found if raw["pk"]["S"] in {key.pk for key in coupon_keys}]
    items = store.entities(raw for raw in found if raw not in raw_coupons)
    payer = store.first_of(User, items)
    if payer is None:
        raise Unauthenticated
    with readable(code):
        coupon = store.first_of(Coupon, store.entities(raw_coupons))
    return OrderRecords(store.first_of(Course, items), coupon, store.first_of(Enrollment, items), payer)


def require_no_hold(enrollment: Enrollment | None) -> None:
    """Raises PaymentOnHold while money of the learner for the course is on hold: the learner must not pay twice. A hold
    that is written after this read changes the enrollment, and the transaction that opens an order is refused."""
    if enrollment and enrollment.orders_on_hold:
        raise PaymentOnHold(f"a payment on {enrollment.orders_on_hold[0]} is on hold until it is accepted or refunded")


def is_still_offered(enrollment: Enrollment, offer: Offer, now: datetime) -> bool:
    """Whether the enrollment waits for an order of this offer that can be paid."""
    return enrollment.status is EnrollmentStatus.PENDING and has_payable_order(enrollment, offer, now)
