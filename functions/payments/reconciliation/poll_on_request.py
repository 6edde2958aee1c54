"""An admin asks the gateway about one order, whatever its status."""

from functions.payments.checkout.adopt_order import fetch_order
from functions.payments.errors import OrderNotFound, RefundUnreadable
from functions.payments.reconciliation.heal_orders import Suspect, heal_order, never_recorded
from functions.payments.reconciliation.open_differences import OpenDifferences
from functions.payments.refunds.sync_refunds import UnreadableRefunds, readable_payment
from shared import ids
from shared.db.enrollments import enrollment_details
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Payment
from shared.gateways.razorpay import Json


def poll(order_id: str) -> tuple[Payment, EnrollmentDetails | None]:
    """Does for one order what the reconciliation does for those that differ: adopts it if it is unknown and ours, polls
    it, settles what the gateway reports, and updates the open differences. Returns the payment and its enrollment. The
    gateway is asked also about an order that is remembered as not ours.

    Raises OrderNotFound (also for an order of another product), RefundUnreadable (a stored one, before the gateway is
    asked; one of the gateway's, after everything else that it reports was recorded), GatewayUnavailable,
    PaymentContention and StoreUnavailable."""
    if not ids.ORDER.fullmatch(order_id):
        raise OrderNotFound
    order = _fetch_if_unknown(order_id)
    try:
        heal_order(Suspect(order_id, never_recorded, order=order), OpenDifferences())
    except UnreadableRefunds as error:
        raise RefundUnreadable from error
    payment = readable_payment(order_id)
    return payment, enrollment_details.read_details(payment.user_id, payment.course_id)


def _fetch_if_unknown(order_id: str) -> Json | None:
    """The gateway's entity of an order that is unknown here; None if it is known. Raises OrderNotFound,
    RefundUnreadable, GatewayUnavailable."""
    try:
        readable_payment(order_id)
    except OrderNotFound:
        order = fetch_order(order_id)
        if order is None:
            raise
        return order
    return None
