"""An admin asks the gateway about one order, whatever its status."""

from functions.payments.checkout.adopt_order import fetch_order
from functions.payments.errors import OrderNotFound
from functions.payments.reconciliation.heal_orders import Suspect, heal_order, never_recorded
from functions.payments.reconciliation.open_differences import OpenDifferences
from shared import ids
from shared.db.enrollments import enrollment_details
from shared.db.enrollments.enrollment_details import EnrollmentDetails
from shared.db.entities import Payment
from shared.db.payments import payments
from shared.gateways.razorpay import Json


def poll(order_id: str) -> tuple[Payment, EnrollmentDetails | None]:
    """Does for one order what the reconciliation does for those that differ: adopts it if it is unknown and ours, polls
    it, settles what the gateway reports, and updates the open differences. Returns the payment and its enrollment. The
    gateway is asked also about an order that is remembered as not ours.

    Raises OrderNotFound (also for an order of another product), GatewayUnavailable, PaymentContention and
    StoreUnavailable."""
    if not ids.ORDER.fullmatch(order_id):
        raise OrderNotFound
    order = None if payments.get(order_id) else _fetch_unknown(order_id)
    heal_order(Suspect(order_id, never_recorded, order=order), OpenDifferences())
    payment = payments.get(order_id)
    if payment is None:
        raise OrderNotFound
    return payment, enrollment_details.read_details(payment.user_id, payment.course_id)


def _fetch_unknown(order_id: str) -> Json:
    """The gateway's entity of an order that is unknown here. Raises OrderNotFound, GatewayUnavailable."""
    order = fetch_order(order_id)
    if order is None:
        raise OrderNotFound
    return order
