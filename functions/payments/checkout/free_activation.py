"""A course that a coupon or a sale makes free is activated at once, without an order."""

from dataclasses import dataclass, replace
from datetime import datetime

from functions.payments.checkout.pricing import Quote
from shared.db.enrollments.enrollments import EnrollmentStep, new_enrollment
from shared.db.entities import Enrollment
from shared.db.payments import order_writes
from shared.db.payments.coupon_claims import CouponClaim
from shared.db.payments.payments import PaymentStep
from shared.domain.lifecycle import FREE_GRANT
from shared.enrollment_rules import activation_changes
from shared.tokens import Caller


@dataclass(frozen=True)
class FreeActivation:
    """The active enrollment, and the price of 0 that activated it."""

    enrollment: Enrollment
    quote: Quote


def activate(
    caller: Caller,
    quoted: Quote,
    read: Enrollment | None,
    superseded: PaymentStep | None,
    claim: CouponClaim | None,
    now: datetime,
) -> FreeActivation:
    """Activates the enrollment, `read` before, with the basis `free`; supersedes the learner's open order. Raises
    WriteConflict, StoreUnavailable."""
    course = quoted.course
    base = read or new_enrollment(caller.user_id, caller.name, course.course_id, course.instructor_id, now)
    changes = activation_changes(FREE_GRANT, now)
    if claim:
        changes = replace(changes, coupon_code=claim.coupon.code)
    step = EnrollmentStep(read, base, changes)
    return FreeActivation(order_writes.activate_free(course, superseded, step, claim, now), quoted)
