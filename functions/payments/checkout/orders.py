"""Opening an order. Returns the learner's existing order while it is offered to the learner, so that double clicks,
several tabs and cancel-and-retry never create a second one. Another price, another coupon, or other details of the
buyer for a tax invoice open a new one."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.payments.checkout.buyer_details import buyer_of_order, is_taxed, require_valid_details
from functions.payments.checkout.earlier_orders import read_earlier_orders
from functions.payments.checkout.free_activation import FreeActivation, activate
from functions.payments.checkout.order_records import (
    is_still_offered,
    read_order_records,
    require_no_hold,
)
from functions.payments.checkout.pricing import (
    Quote,
    claim_coupon,
    code_asked_for,
    price_attributes,
    quote,
    require_payable,
)
from functions.payments.errors import (
    AmountBelowMinimum,
    CourseFree,
    OrderBusy,
    PaymentOutcomeUnknown,
)
from functions.payments.schemas import CreateOrderIn
from shared import clock, ids
from shared.config import settings
from shared.db.enrollments.enrollments import EnrollmentStep, new_enrollment
from shared.db.entities import Course, Enrollment, Payment, User
from shared.db.payments import order_writes
from shared.db.payments.coupon_claims import CouponClaim, claim_attributes
from shared.db.payments.order_writes import CourseRef, OrderNotOpen
from shared.db.payments.payment_attributes import apply_payment_changes, buyer_of
from shared.db.payments.payments import PaymentStep
from shared.db.table.changes import apply_changes
from shared.db.table.retry import retry_on_conflict
from shared.domain.buyer import NO_DETAILS, Buyer
from shared.domain.changes import Order, PaymentChanges
from shared.enrollment_rules import (
    has_resumable_order,
    pending_for_order_changes,
    require_may_enroll,
    resume_order_changes,
)
from shared.errors import GatewayBusy, GatewayUnavailable
from shared.gateways import razorpay
from shared.gateways.razorpay import GatewayRejected
from shared.settlement.poll_schedule import next_poll_while_unpaid
from shared.tokens import Caller


@dataclass(frozen=True)
class OpenOrder:
    """An order to be paid: the enrollment that waits for it, the price of the course, the payer, and whether this call
    created it."""

    enrollment: Enrollment
    quote: Quote
    payer: User
    created: bool


@dataclass(frozen=True)
class _NewOrder:
    """The payment of a new order that is not stored yet, the order that it supersedes, and its claim on a coupon."""

    course: Course
    payment: Payment
    superseded: PaymentStep | None
    claim: CouponClaim | None


def create_order(caller: Caller, request: CreateOrderIn) -> OpenOrder | FreeActivation:
    """The learner's open order for the course. Creates it, and the pending enrollment, where there is none. If a coupon
    or a sale makes the course free, the enrollment is activated without an order.

    Raises one of ENROLLMENT_ERRORS, one of BUYER_ERRORS, one of CLAIM_ERRORS, CourseFree, PaymentOnHold,
    AmountBelowMinimum, OrderBusy, GatewayBusy, PaymentOutcomeUnknown, StoreUnavailable."""
    require_valid_details(request)
    code = code_asked_for(request.coupon)

    def attempt() -> OpenOrder | FreeActivation:
        records = read_order_records(caller, request.course_id, code)
        course = require_may_enroll(caller.user_id, records.course, records.enrollment)
        if course.amount == 0:
            raise CourseFree
        require_no_hold(records.enrollment)
        now = clock.now()
        quoted = quote(course, code, records.coupon, now)
        buyer = buyer_of_order(request, records.payer, course) if quoted.amount else NO_DETAILS
        existing = _reuse_order(records.enrollment, quoted, buyer, now)
        if existing:
            return OpenOrder(existing, quoted, records.payer, created=False)
        require_payable(quoted)
        earlier = read_earlier_orders(records.enrollment, code, now)
        claim = claim_coupon(quoted, caller.user_id, earlier, now)
        if quoted.amount == 0:
            return activate(caller, quoted, records.enrollment, earlier.superseded, claim, now)
        payment = _create_gateway_order(caller, quoted, claim, buyer, now)
        if earlier.claims:
            payment = apply_changes(payment, {"earlier_claims": list(earlier.claims)})
        enrollment = _open_order(caller, records.enrollment, _NewOrder(course, payment, earlier.superseded, claim), now)
        return OpenOrder(enrollment, quoted, records.payer, created=True)

    return retry_on_conflict(attempt, OrderBusy)


def _reuse_order(enrollment: Enrollment | None, quoted: Quote, buyer: Buyer, now: datetime) -> Enrollment | None:
    """The enrollment with the order that it waits for, or that the learner withdrew from; None when that order is
    no longer offered. Raises WriteConflict."""
    if enrollment is None or not _is_for(buyer, enrollment, quoted.course):
        return None
    if is_still_offered(enrollment, quoted.offer, now):
        return enrollment
    if not has_resumable_order(enrollment, quoted.offer, now):
        return None
    try:
        return order_writes.resume_order(enrollment, resume_order_changes(), now)
    except OrderNotOpen:
        return None


def _is_for(buyer: Buyer, enrollment: Enrollment, course: Course) -> bool:
    """Whether the invoice of the enrollment's order would name this buyer. Without a tax invoice any buyer will do."""
    return not is_taxed(course) or enrollment.order_buyer == buyer.fingerprint


def _open_order(caller: Caller, read: Enrollment | None, new: _NewOrder, now: datetime) -> Enrollment:
    """Stores the payment of a new order. Returns the enrollment that waits for it. Raises WriteConflict."""
    course, payment, claim = new.course, new.payment, new.claim
    base = read or new_enrollment(caller.user_id, caller.name, course.course_id, course.instructor_id, now)
    order = Order(
        payment.order_id,
        payment.amount,
        payment.currency,
        payment.window_ends_at,
        buyer_of(payment),
        payment.coupon_code,
    )
    step = EnrollmentStep(read, base, pending_for_order_changes(order))
    claim = replace(claim, order_id=payment.order_id) if claim else None
    return order_writes.open_order(course, payment, new.superseded, step, now, claim)


def _create_gateway_order(
    caller: Caller, quoted: Quote, claim: CouponClaim | None, buyer: Buyer, now: datetime
) -> Payment:
    """A payment that is not stored yet, for a new order at Razorpay. An order whose response is lost, or that loses the
    race of two calls, is never shown to the learner, so it is not paid; if it is, it is adopted by its notes.

    Raises GatewayBusy, PaymentOutcomeUnknown, AmountBelowMinimum."""
    course, receipt = quoted.course, ids.receipt()
    notes = {"stage": settings().stage, "user_id": caller.user_id, "course_id": course.course_id}
    try:
        order = razorpay.create_order(quoted.amount, course.currency, receipt, notes)
    except GatewayBusy:
        raise
    except GatewayUnavailable as unknown:
        raise PaymentOutcomeUnknown from unknown
    except GatewayRejected as error:
        if error.error.get("field") == "amount":
            raise AmountBelowMinimum from error
        raise PaymentOutcomeUnknown from error
    window_ends_at = now + timedelta(seconds=settings().order_window_seconds)
    created = Order(order["id"], quoted.amount, course.currency, window_ends_at, buyer)
    payment = new_scheduled_payment(caller.user_id, course, created, receipt, now)
    return apply_changes(payment, price_attributes(quoted) | (claim_attributes(claim) if claim else {}))


def new_scheduled_payment(
    user_id: str, course: Course | CourseRef, order: Order, receipt: str, now: datetime
) -> Payment:
    """A pending payment that is not stored yet, with its first poll: at once for an old order, adopted after the last
    scheduled one. `receipt` is our reference of the order at Razorpay (not the GST receipt)."""
    payment = order_writes.new_payment(user_id, course, order, receipt, now)
    return apply_payment_changes(payment, PaymentChanges(next_poll_at=next_poll_while_unpaid(payment, now) or now))
