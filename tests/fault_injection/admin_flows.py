"""Flows of admins: refunds, granted and revoked access."""

from typing import Any

from tests.fault_injection.flow import ORDER, ExpectedState, Flow, FlowContext, is_done
from tests.fixtures.storefront import PRICE, refund


class Refund(Flow):
    expected = ExpectedState("refund_pending", "cancelled")
    expected_settled = ExpectedState("refunded", "cancelled")

    def arrange(self, context: FlowContext) -> None:
        context.complete_purchase()
        context.expected_refunds = PRICE

    def act(self, context: FlowContext) -> bool:
        return is_done(refund(context.admin, context.order_id))


class RefundHeldPayment(Refund):
    expected = ExpectedState("failed", "cancelled")
    expected_settled = ExpectedState("failed", "cancelled")

    def arrange(self, context: FlowContext) -> None:
        context.create_order()
        context.pay(amount=PRICE - 100)
        context.shop.deliver()
        context.expected_refunds = PRICE - 100

    def act(self, context: FlowContext) -> bool:
        payment_id = context.checkout["razorpay_payment_id"]
        return is_done(refund(context.admin, context.order_id, payment_id=payment_id))


class PartialRefund(Refund):
    expected = ExpectedState("captured", "active", ORDER)
    expected_settled = ExpectedState("captured", "active", ORDER)

    def arrange(self, context: FlowContext) -> None:
        context.complete_purchase()
        context.expected_refunds = 10_000

    def act(self, context: FlowContext) -> bool:
        return is_done(refund(context.admin, context.order_id, 10_000, "part-1"))


class Grant(Flow):
    expected = ExpectedState(None, "active", "admin")
    expected_settled = ExpectedState(None, "active", "admin")

    def act(self, context: FlowContext) -> bool:
        return is_done(context.admin.post("/api/enrollments/grant", access_body(context)), "enrollment_already_active")


class Revoke(Flow):
    expected = ExpectedState("refund_pending", "cancelled")
    expected_settled = ExpectedState("refunded", "cancelled")

    def arrange(self, context: FlowContext) -> None:
        context.complete_purchase()
        context.expected_refunds = PRICE

    def act(self, context: FlowContext) -> bool:
        return is_done(context.admin.post("/api/enrollments/revoke", access_body(context)), "no_access_to_revoke")


def access_body(context: FlowContext) -> dict[str, Any]:
    return {"user_id": context.learner.user_id, "course_id": context.course.course_id, "reason": "requested"}
