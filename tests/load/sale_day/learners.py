"""Learners and the messages that arrive: what create-order and the webhook write, without their own cost."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from functions.payments.checkout.orders import new_scheduled_payment
from shared import clock, ids
from shared.db.enrollments.enrollment_attributes import enrollment_attributes
from shared.db.enrollments.enrollments import new_enrollment
from shared.db.entities import Course, Payment
from shared.db.payments.documents.receipts import new_receipt
from shared.db.payments.payment_attributes import payment_attributes
from shared.db.table import keys
from shared.db.table.changes import apply_changes
from shared.domain.changes import Order, PaymentChanges
from shared.domain.lifecycle import CourseLevel, CourseStatus, PaymentStatus
from shared.enrollment_rules import pending_for_order_changes
from tests.load.sale_day.modelled_razorpay import SaleRazorpay
from tests.load.sale_day.modelled_table import SaleTable
from tests.load.sale_day.scenario import WINDOW_SECONDS, PlannedOrder
from tests.load.sale_day.virtual_time import VirtualTime

PRICE = 49_900
_WEBHOOK_SECONDS = 2.0


class Learners:
    """Plays the planned orders. `lost` and `granted` map the order ids of the learners whose messages were lost to the
    time of the payment and of the sale in our table (unix seconds); `sales` counts all sales."""

    def __init__(self, time: VirtualTime, table: SaleTable, gateway: SaleRazorpay) -> None:
        self._time = time
        self._table = table
        self._gateway = gateway
        self._course = _course()
        self._table.put(self._course.serialize())
        self._waiting: dict[str, str] = {}
        self.lost: dict[str, float] = {}
        self.granted: dict[str, float] = {}
        self.sales = 0
        table.on_sale = self._sold_by_sweep

    def play(self, orders: Iterable[PlannedOrder]) -> None:
        start = self._time.seconds
        for number, planned in enumerate(orders):
            self._time.at(start + planned.created_at, partial(self._order, number, planned))

    def _order(self, number: int, planned: PlannedOrder) -> None:
        order_id, user_id, now = f"order_{number:014d}", ids.user(), clock.now()
        self._gateway.create_order(order_id, PRICE)
        order = Order(order_id, PRICE, "INR", now + timedelta(seconds=WINDOW_SECONDS))
        payment = new_scheduled_payment(user_id, self._course, order, f"rcpt_{number}", now)
        enrollment = new_enrollment(user_id, "Ravi", self._course.course_id, self._course.instructor_id, now)
        changes = enrollment_attributes(enrollment, pending_for_order_changes(order))
        self._table.put(payment.serialize())
        self._table.put(apply_changes(enrollment, changes | {"version": 1}).serialize())
        if planned.paid_at is not None:
            seconds = planned.paid_at - planned.created_at
            self._time.at(self._time.seconds + seconds, partial(self._pay, payment, is_lost=planned.is_lost))

    def _pay(self, payment: Payment, *, is_lost: bool) -> None:
        payment_id = self._gateway.capture(payment.order_id, PRICE)
        if is_lost:
            self.lost[payment.order_id] = self._time.seconds
        else:
            self._time.at(self._time.seconds + _WEBHOOK_SECONDS, partial(self._deliver, payment, payment_id))

    def _deliver(self, payment: Payment, payment_id: str) -> None:
        """What remains of a sale for the sweep is the receipt. A poll may have been faster."""
        stored = self._table.items[keys.payment(payment.order_id)]
        if stored["status"]["S"] == PaymentStatus.CAPTURED:
            return
        changes = PaymentChanges(
            status=PaymentStatus.CAPTURED, payment_id=payment_id, captured_amount=PRICE, captured_at=clock.now()
        )
        captured = apply_changes(payment, payment_attributes(payment.order_id, changes))
        self._settled(payment)
        self._table.put(new_receipt(captured, None, self._course.title).serialize())
        self.sales += 1

    def _sold_by_sweep(self, order_id: str) -> None:
        self.granted[order_id] = self._time.seconds
        self.sales += 1

    def _settled(self, payment: Payment) -> None:
        """Nothing is due of a settled order: forgetting it saves memory."""
        self._table.remove(keys.payment(payment.order_id))
        self._table.remove(keys.enrollment(payment.user_id, payment.course_id))


def _course() -> Course:
    course_id, now = ids.course(), clock.now()
    return Course.build(
        keys.course(course_id),
        course_id=course_id,
        instructor_id=ids.user(),
        instructor_name="Asha Rao",
        title="Ragas for beginners",
        description="Ten evening ragas.",
        category="music",
        level=CourseLevel.BEGINNER,
        language="en",
        amount=PRICE,
        currency="INR",
        status=CourseStatus.PUBLISHED,
        version=1,
        created_at=now,
        updated_at=now,
        published_at=now,
        ever_enrolled=True,
    )
