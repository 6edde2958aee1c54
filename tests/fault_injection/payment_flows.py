"""What money does by itself: Razorpay's messages, and the sweep."""

from shared.gateways import razorpay
from tests.fault_injection.flow import ORDER, FlowContext
from tests.fault_injection.learner_flows import Verify
from tests.fixtures.storefront import PRICE


class WebhookCaptured(Verify):
    expected, expected_settled = ("captured", "active", ORDER), ("captured", "active", ORDER)

    def act(self, context: FlowContext) -> bool:
        return context.deliver("payment.captured")


class WebhookOrderPaid(WebhookCaptured):
    def act(self, context: FlowContext) -> bool:
        return context.deliver("order.paid")


class WebhookOrphanedOrder(WebhookCaptured):
    """The row of the order was never written: it is adopted."""

    def arrange(self, context: FlowContext) -> None:
        notes = {"stage": "local", "user_id": context.learner.user_id, "course_id": context.course.course_id}
        context.order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
        context.pay()


class WebhookMismatchedAmount(WebhookCaptured):
    """It is held, and the order has failed."""

    expected, expected_settled = ("failed", "cancelled", None), ("failed", "cancelled", None)

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.pay(amount=PRICE - 100)


class WebhookReplacingAuthorization(WebhookCaptured):
    """The access moves to the money that is here; what was reserved is captured later, and goes back."""

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.pay("authorized")
        context.other_order_id, first = context.order_id, context.checkout
        context.shop.clock.advance(minutes=31)
        context.create_order()
        context.pay()
        assert context.shop.verify(context.learner, first).status == 200
        context.expected_refunds = PRICE


class SweepPaidOrder(WebhookCaptured):
    def arrange(self, context: FlowContext) -> None:
        super().arrange(context)
        context.shop.clock.advance(minutes=5)

    def act(self, context: FlowContext) -> bool:
        return context.sweep()


class SweepAuthorizedPayment(SweepPaidOrder):
    """The sweep captures what was only authorised. When it stops between the two steps, access is given already."""

    alternative = ("authorized", "active", ORDER)

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.pay("authorized")
        context.shop.clock.advance(minutes=16)


class SweepUnpaidOrder(SweepPaidOrder):
    expected, expected_settled = ("failed", "cancelled", None), ("failed", "cancelled", None)

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.shop.clock.advance(minutes=30)


class SweepUnwantedCapture(SweepPaidOrder):
    """Money that came after the learner withdrew goes back. When a sweep comes later, it is back."""

    alternative = ("refunded", "cancelled", None)
    expected, expected_settled = ("refund_pending", "cancelled", None), ("refunded", "cancelled", None)

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.shop.withdraw(context.learner, context.course.course_id)
        context.pay()
        context.shop.deliver()
        context.expected_refunds = PRICE
