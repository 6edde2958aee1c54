"""What goes wrong with money elsewhere: forged signatures, closed browsers, changed prices, orders paid late."""

from cli._demo.client import ApiUser
from cli._demo.courses import NEW_PRICE, OLD_PRICE, DemoCourses, rupees
from cli._demo.output import StepFailed
from cli._demo.purchase import expect_same_body
from cli._demo.target import DemoTarget
from cli._demo.users import FakeRazorpayClient


def check_forged_signatures(shop: DemoCourses, learner: ApiUser, bank: FakeRazorpayClient) -> None:
    """Ends with a pending enrollment that nobody paid."""
    teller = learner.output
    with teller.step("an order that stays unpaid"):
        order_id = create_order(shop, learner)
        before = learner.get(f"/api/payments/{order_id}")
        before.expect(200, {"payment.status": "pending", "enrollment.status": "pending"})
    forged = {"razorpay_order_id": order_id, "razorpay_payment_id": f"pay_{'A' * 14}", "razorpay_signature": "0" * 64}
    with teller.step("a wrong signature is refused, and nothing changed"):
        learner.post("/api/payments/verify", forged).expect(400, {"code": "signature_invalid"})
        expect_same_body(learner.get(f"/api/payments/{order_id}"), before.content)
    with teller.step("a webhook with a wrong signature is refused, and nothing changed"):
        event = {"raw_body": '{"event":"payment.captured"}', "signature": "0" * 64, "event_id": "evt_forged"}
        bank.deliver_webhook(event).expect(400, {"code": "signature_invalid"})
        expect_same_body(learner.get(f"/api/payments/{order_id}"), before.content)


def check_closed_browser(shop: DemoCourses, learner: ApiUser, bank: FakeRazorpayClient) -> None:
    teller = learner.output
    with teller.step("paid, and the browser closed before it could tell"):
        order_id = create_order(shop, learner)
        bank.pay(order_id, webhooks=True)
    with teller.step("the webhook alone activates"):
        paid = {"payment.status": "captured", "payment.captured_amount": OLD_PRICE}
        given = {"enrollment.status": "active", "enrollment.granted_by": order_id}
        path = f"/api/payments/{order_id}"
        learner.eventually(path, lambda seen: seen.value_at("payment.status") == "captured").expect(
            200, {**paid, **given}
        )


def check_price_change(shop: DemoCourses, learner: ApiUser, bank: FakeRazorpayClient, stage: DemoTarget) -> None:
    teller, course = learner.output, {"course_id": shop.paid_id}
    with teller.step("the price changes: the next order is a new one"):
        old_id = create_order(shop, learner)
        price = {"price": rupees(NEW_PRICE)}
        shop.instructor.put(f"/api/courses/{shop.paid_id}", price).expect(200, {"price.amount": NEW_PRICE})
        new = learner.post("/api/payments/create-order", course).expect(201, {"amount": NEW_PRICE})
        new_id = new.value_at("order_id")
        if new_id == old_id:
            raise StepFailed("the old order was given for the new price")
        superseded = {"payment.status": "failed", "payment.reason": "superseded", "payment.amount": OLD_PRICE}
        learner.get(f"/api/payments/{old_id}").expect(200, superseded)
    with teller.step("the old order is paid late: the learner has the course, at the price of that order"):
        bank.pay(old_id, webhooks=True)
        path, paid = f"/api/payments/{old_id}", {"payment.status": "captured", "payment.captured_amount": OLD_PRICE}
        given = {"enrollment.status": "active", "enrollment.granted_by": old_id}
        learner.eventually(path, lambda seen: seen.value_at("payment.status") == "captured").expect(
            200, {**paid, **given}
        )
    with teller.step("the new order is paid too: all of it is given back, and the course stays"):
        bank.pay(new_id, webhooks=True)
        path = f"/api/payments/{new_id}"
        unwanted = {"payment.reason": "duplicate", "payment.captured_amount": NEW_PRICE, "enrollment.status": "active"}
        learner.eventually(path, lambda seen: seen.value_at("payment.reason") == "duplicate").expect(200, unwanted)
        teller.add_line(f"sweep > {stage.sweep()['verdicts']}")
        back = {"payment.status": "refunded", "payment.refunded_amount": NEW_PRICE}
        given = {"enrollment.status": "active", "enrollment.granted_by": old_id}
        refunded = learner.eventually(path, lambda seen: seen.value_at("payment.status") == "refunded")
        refunded.expect(200, {**back, **given})


def create_order(shop: DemoCourses, learner: ApiUser) -> str:
    """Raises Broken."""
    order = learner.post("/api/payments/create-order", {"course_id": shop.paid_id})
    order_id: str = order.expect(201, {"amount": OLD_PRICE, "currency": "INR"}).value_at("order_id")
    return order_id
