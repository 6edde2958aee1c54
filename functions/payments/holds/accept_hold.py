"""An admin accepts a captured payment on hold as the payment for its order, with a reason."""

from functions.payments.errors import CurrencyDiffers, LearnerHasAccess, NotOnHold, OrderNotFound, OrderOrphaned
from functions.payments.refunds.sync_refunds import readable_payment, sync_refunds_for_admin
from shared.db.audit import AuditedAction
from shared.db.entities import Course, Payment, User
from shared.db.payments.payment_attributes import extra_captures
from shared.db.table import keys, store
from shared.errors import Conflict
from shared.history_kinds import Source
from shared.settlement.balances import refundable_balance
from shared.settlement.decision import Verdict
from shared.settlement.evidence import HoldAccepted
from shared.settlement.settle import Settled, settle
from shared.tokens import Caller


def accept_hold(caller: Caller, order_id: str, payment_id: str, reason: str) -> Settled:
    """Accepts the payment: it pays for the order, grants the course, and has a receipt. A repetition returns the same
    state. Razorpay's refunds are recorded first: the payment may have been refunded on Razorpay's page.

    Raises OrderNotFound, OrderOrphaned, RefundUnreadable, NotOnHold, CurrencyDiffers, LearnerHasAccess,
    GatewayUnavailable, PaymentContention, StoreUnavailable."""
    payment = readable_payment(order_id)
    course, learner = _require_course_and_learner(payment)
    if payment_id in extra_captures(payment):
        sync_refunds_for_admin(order_id, payment_id)
    evidence = HoldAccepted(payment_id, course.instructor_id, learner.name)
    audited = AuditedAction(caller.user_id, "payment.accept", reason, {"payment_id": payment_id})
    settled = settle(order_id, evidence, Source.ADMIN, audited=audited)
    if settled is None:
        raise OrderNotFound
    if settled.verdict is Verdict.REJECTED:
        raise _rejection_error(settled, payment_id)
    return settled


def _require_course_and_learner(payment: Payment) -> tuple[Course, User]:
    """The course of the order and its learner. Raises OrderOrphaned when it or the learner does not exist."""
    course_key, user_key = keys.course(payment.course_id), keys.user(payment.user_id)
    found = store.get_many([course_key, user_key])
    course, learner = store.cast_to(Course, found.get(course_key)), store.cast_to(User, found.get(user_key))
    if course is None or learner is None:
        raise OrderOrphaned
    return course, learner


def _rejection_error(settled: Settled, payment_id: str) -> Conflict:
    capture = extra_captures(settled.payment).get(payment_id)
    if capture is None or not capture.on_hold or refundable_balance(capture) <= 0:
        return NotOnHold()
    if capture.currency != settled.payment.currency:
        return CurrencyDiffers()
    if settled.learning and settled.learning.enrollment.status.gives_access:
        return LearnerHasAccess()
    return OrderOrphaned()
