"""Scenarios: forged signatures, a browser closed after paying, a price change with two paid orders."""

from cli._demo.client import ApiUser, Response
from cli._demo.courses import NEW_PRICE, OLD_PRICE, DemoCourses, rupees
from cli._demo.output import StepFailed
from cli._demo.purchase import expect_same_body
from cli._demo.target import DemoTarget
from cli._demo.users import FakeRazorpayClient


def check_forged_signatures(courses: DemoCourses, learner: ApiUser, razorpay: FakeRazorpayClient) -> None:
    """Leaves a pending enrollment with an unpaid order."""
    output = learner.output
    with output.step("the learner creates an order and does not pay"):
        order_id = create_order(courses, learner)
        before = learner.get(f"/api/payments/{order_id}")
        before.expect(200, {"payment.status": "pending", "enrollment.status": "pending"})
    forged = {"razorpay_order_id": order_id, "razorpay_payment_id": f"pay_{'A' * 14}", "razorpay_signature": "0" * 64}
    with output.step("a forged payment signature is rejected and changes nothing"):
        learner.post("/api/payments/verify", forged).expect(400, {"code": "signature_invalid"})
        expect_same_body(learner.get(f"/api/payments/{order_id}"), before.content)
    with output.step("a webhook with a forged signature is rejected and changes nothing"):
        event = {"raw_body": '{"event":"payment.captured"}', "signature": "0" * 64, "event_id": "evt_forged"}
        razorpay.deliver_webhook(event).expect(400, {"code": "signature_invalid"})
        expect_same_body(learner.get(f"/api/payments/{order_id}"), before.content)


def check_closed_browser(courses: DemoCourses, learner: ApiUser, razorpay: FakeRazorpayClient) -> None:
    output = learner.output
    with output.step("the learner pays, and the browser closes before it calls verify"):
        order_id = create_order(courses, learner)
        razorpay.pay(order_id, webhooks=True)
    with output.step("the webhook activates the enrollment"):
        paid = {"payment.status": "captured", "payment.captured_amount": OLD_PRICE}
        access = {"enrollment.status": "active", "enrollment.granted_by": order_id}
        _await_payment_status(learner, order_id, "captured").expect(200, {**paid, **access})


def check_price_change(
    courses: DemoCourses, learner: ApiUser, razorpay: FakeRazorpayClient, target: DemoTarget
) -> None:
    output, course = learner.output, {"course_id": courses.paid_id}
    with output.step("the price changes: create-order returns a new order"):
        old_id = create_order(courses, learner)
        price = {"price": rupees(NEW_PRICE)}
        courses.instructor.put(f"/api/courses/{courses.paid_id}", price).expect(200, {"price.amount": NEW_PRICE})
        new = learner.post("/api/payments/create-order", course).expect(201, {"amount": NEW_PRICE})
        new_id = new.value_at("order_id")
        if new_id == old_id:
            raise StepFailed("create-order returned the old order for the new price")
        superseded = {"payment.status": "failed", "payment.reason": "superseded", "payment.amount": OLD_PRICE}
        learner.get(f"/api/payments/{old_id}").expect(200, superseded)
    access = {"enrollment.status": "active", "enrollment.granted_by": old_id}
    with output.step("the old order is paid late: the enrollment is active, at the price of that order"):
        razorpay.pay(old_id, webhooks=True)
        paid = {"payment.status": "captured", "payment.captured_amount": OLD_PRICE}
        _await_payment_status(learner, old_id, "captured").expect(200, {**paid, **access})
    with output.step("the new order is paid too: the duplicate capture is refunded, the enrollment stays active"):
        razorpay.pay(new_id, webhooks=True)
        duplicate = {"payment.reason": "duplicate", "payment.captured_amount": NEW_PRICE, "enrollment.status": "active"}
        found = learner.eventually(
            f"/api/payments/{new_id}", lambda seen: seen.value_at("payment.reason") == "duplicate"
        )
        found.expect(200, duplicate)
        output.add_line(f"sweep > {target.sweep()['verdicts']}")
        refunded = {"payment.status": "refunded", "payment.refunded_amount": NEW_PRICE}
        _await_payment_status(learner, new_id, "refunded").expect(200, {**refunded, **access})


def _await_payment_status(learner: ApiUser, order_id: str, status: str) -> Response:
    return learner.eventually(
        f"/api/payments/{order_id}", lambda response: response.value_at("payment.status") == status
    )


def create_order(courses: DemoCourses, learner: ApiUser) -> str:
    """Raises StepFailed."""
    order = learner.post("/api/payments/create-order", {"course_id": courses.paid_id})
    order_id: str = order.expect(201, {"amount": OLD_PRICE, "currency": "INR"}).value_at("order_id")
    return order_id
