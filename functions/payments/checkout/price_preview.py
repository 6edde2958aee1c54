"""The price of a course for a learner before any order exists. It writes nothing and promises nothing: a coupon may be
used up, or a sale end, before the order is created."""

from datetime import datetime

from functions.payments.checkout.earlier_orders import read_earlier_orders
from functions.payments.checkout.order_records import (
    is_still_offered,
    read_order_records,
    require_no_hold,
)
from functions.payments.checkout.pricing import Quote, claim_coupon, code_asked_for, quote, require_payable
from functions.payments.checkout.quote_schemas import QuoteIn
from functions.payments.errors import CourseFree
from shared import clock
from shared.db.entities import Enrollment
from shared.enrollment_rules import Offer, has_resumable_order, require_may_enroll
from shared.tokens import Caller


def preview_price(caller: Caller, request: QuoteIn) -> Quote:
    """The price of the order that create-order would open or return now, with the same checks of the coupon.

    The buyer's details are not known, so they are not checked. The price of an open order is answered also if other
    details would open a new one, whose coupon create-order would check again.

    Raises one of ENROLLMENT_ERRORS, one of CLAIM_ERRORS, CourseFree, PaymentOnHold, AmountBelowMinimum,
    StoreUnavailable."""
    code = code_asked_for(request.coupon)
    records = read_order_records(caller, request.course_id, code)
    course = require_may_enroll(caller.user_id, records.course, records.enrollment)
    if course.amount == 0:
        raise CourseFree
    require_no_hold(records.enrollment)
    now = clock.now()
    quoted = quote(course, code, records.coupon, now)
    if not _has_order(records.enrollment, quoted.offer, now):
        require_payable(quoted)
        if quoted.coupon:
            claim_coupon(quoted, caller.user_id, read_earlier_orders(records.enrollment, code, now), now)
    return quoted


def _has_order(enrollment: Enrollment | None, offer: Offer, now: datetime) -> bool:
    """Whether the learner has an order of this offer, which keeps its coupon whatever became of it."""
    if enrollment is None:
        return False
    return is_still_offered(enrollment, offer, now) or has_resumable_order(enrollment, offer, now)
