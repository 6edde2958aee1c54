"""Flows that no user starts: Razorpay's webhooks, and the sweep."""

from shared.gateways import razorpay
from tests.fault_injection.flow import ORDER, ExpectedState, FlowContext
from tests.fault_injection.learner_flows import Verify
from tests.fixtures.storefront import PRICE


class WebhookCaptured(Verify):
    expected = ExpectedState("captured", "active", ORDER)
    expected_settled = ExpectedState("captured", "active", ORDER)

    def act(self, context: FlowContext) -> bool:
        return context.deliver("payment.captured")


class WebhookOrderPaid(WebhookCaptured):
    def act(self, context: FlowContext) -> bool:
        return context.deliver("order.paid")


class WebhookOrphanedOrder(WebhookCaptured):
    """The order exists at Razorpay only: the webhook adopts it."""

    def arrange(self, context: FlowContext) -> None:
        notes = {"stage": "local", "user_id": context.learner.user_id, "course_id": context.course.course_id}
        context.order_id = razorpay.create_order(PRICE, "INR", "rcpt_lost", notes)["id"]
        context.pay()


class WebhookMismatchedAmount(WebhookCaptured):
    """The capture is put on hold, and the payment is failed."""

    expected = ExpectedState("failed", "cancelled")
    expected_settled = ExpectedState("failed", "cancelled")

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.pay(amount=PRICE - 100)


class WebhookReplacingAuthorization(WebhookCaptured):
    """The captured payment becomes the basis of access. The authorization is captured later and refunded."""

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
    """The sweep captures an authorized payment. If it stops between the two steps, access is granted already."""

    alternative = ExpectedState("authorized", "active", ORDER)

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.pay("authorized")
        context.shop.clock.advance(minutes=16)


class SweepUnpaidOrder(SweepPaidOrder):
    expected = ExpectedState("failed", "cancelled")
    expected_settled = ExpectedState("failed", "cancelled")

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.shop.clock.advance(minutes=30)


class SweepUnwantedCapture(SweepPaidOrder):
    """A capture after the learner withdrew is refunded. A later sweep finds the refund processed."""

    alternative = ExpectedState("refunded", "cancelled")
    expected = ExpectedState("refund_pending", "cancelled")
    expected_settled = ExpectedState("refunded", "cancelled")

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.shop.withdraw(context.learner, context.course.course_id)
        context.pay()
        context.shop.deliver()
        context.expected_refunds = PRICE
