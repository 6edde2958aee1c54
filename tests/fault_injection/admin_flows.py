"""What admins do: give money back, give access and take it."""

from typing import Any

from tests.fault_injection.flow import ORDER, Flow, FlowContext, is_done
from tests.fixtures.storefront import PRICE, refund


class Refund(Flow):
    expected, expected_settled = ("refund_pending", "cancelled", None), ("refunded", "cancelled", None)

    def arrange(self, context: FlowContext) -> None:
        context.complete_purchase()
        context.expected_refunds = PRICE

    def act(self, context: FlowContext) -> bool:
        return is_done(refund(context.admin, context.order_id))


class RefundHeldPayment(Refund):
    expected, expected_settled = ("failed", "cancelled", None), ("failed", "cancelled", None)

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.pay(amount=PRICE - 100)
        context.shop.deliver()
        context.expected_refunds = PRICE - 100

    def act(self, context: FlowContext) -> bool:
        held = context.checkout["razorpay_payment_id"]
        return is_done(refund(context.admin, context.order_id, payment_id=held))


class PartialRefund(Refund):
    expected, expected_settled = ("captured", "active", ORDER), ("captured", "active", ORDER)

    def arrange(self, context: FlowContext) -> None:
        context.complete_purchase()
        context.expected_refunds = 10_000

    def act(self, context: FlowContext) -> bool:
        return is_done(refund(context.admin, context.order_id, 10_000, "part-1"))


class Grant(Flow):
    expected, expected_settled = (None, "active", "admin"), (None, "active", "admin")

    def act(self, context: FlowContext) -> bool:
        return is_done(context.admin.post("/api/enrollments/grant", access_body(context)), "enrollment_already_active")


class Revoke(Flow):
    expected, expected_settled = ("refund_pending", "cancelled", None), ("refunded", "cancelled", None)

    def arrange(self, context: FlowContext) -> None:
        context.complete_purchase()
        context.expected_refunds = PRICE

    def act(self, context: FlowContext) -> bool:
        return is_done(context.admin.post("/api/enrollments/revoke", access_body(context)), "no_access_to_revoke")


def access_body(context: FlowContext) -> dict[str, Any]:
    return {"user_id": context.learner.user_id, "course_id": context.course.course_id, "reason": "asked for"}
