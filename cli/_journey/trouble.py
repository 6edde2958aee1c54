"""What goes wrong with money elsewhere: forged signatures, closed browsers, changed prices, orders paid late."""

from cli._journey.buying import same_as
from cli._journey.cast import Bank
from cli._journey.client import Person
from cli._journey.shop import NEW_PRICE, OLD_PRICE, Shop, rupees
from cli._journey.stage import Stage
from cli._journey.telling import Broken


def forge(shop: Shop, learner: Person, bank: Bank) -> None:
    """Ends with a pending enrollment that nobody paid."""
    teller = learner.teller
    with teller.step("an order that stays unpaid"):
        order_id = open_order(shop, learner)
        before = learner.get(f"/api/payments/{order_id}")
        before.gives(200, {"payment.status": "pending", "enrollment.status": "pending"})
    forged = {"razorpay_order_id": order_id, "razorpay_payment_id": f"pay_{'A' * 14}", "razorpay_signature": "0" * 64}
    with teller.step("a wrong signature is refused, and nothing changed"):
        learner.post("/api/payments/verify", forged).gives(400, {"code": "signature_invalid"})
        same_as(learner.get(f"/api/payments/{order_id}"), before.content)
    with teller.step("a webhook with a wrong signature is refused, and nothing changed"):
        event = {"raw_body": '{"event":"payment.captured"}', "signature": "0" * 64, "event_id": "evt_forged"}
        bank.delivers(event).gives(400, {"code": "signature_invalid"})
        same_as(learner.get(f"/api/payments/{order_id}"), before.content)


def close_browser(shop: Shop, learner: Person, bank: Bank) -> None:
    teller = learner.teller
    with teller.step("paid, and the browser closed before it could tell"):
        order_id = open_order(shop, learner)
        bank.pays(order_id, tells=True)
    with teller.step("the webhook alone activates"):
        paid = {"payment.status": "captured", "payment.captured_amount": OLD_PRICE}
        given = {"enrollment.status": "active", "enrollment.granted_by": order_id}
        path = f"/api/payments/{order_id}"
        learner.eventually(path, lambda seen: seen.at("payment.status") == "captured").gives(200, {**paid, **given})


def change_price(shop: Shop, learner: Person, bank: Bank, stage: Stage) -> None:
    teller, course = learner.teller, {"course_id": shop.paid_id}
    with teller.step("the price changes: the next order is a new one"):
        old_id = open_order(shop, learner)
        price = {"price": rupees(NEW_PRICE)}
        shop.instructor.put(f"/api/courses/{shop.paid_id}", price).gives(200, {"price.amount": NEW_PRICE})
        new = learner.post("/api/payments/create-order", course).gives(201, {"amount": NEW_PRICE})
        new_id = new.at("order_id")
        if new_id == old_id:
            raise Broken("the old order was given for the new price")
        superseded = {"payment.status": "failed", "payment.reason": "superseded", "payment.amount": OLD_PRICE}
        learner.get(f"/api/payments/{old_id}").gives(200, superseded)
    with teller.step("the old order is paid late: the learner has the course, at the price of that order"):
        bank.pays(old_id, tells=True)
        path, paid = f"/api/payments/{old_id}", {"payment.status": "captured", "payment.captured_amount": OLD_PRICE}
        given = {"enrollment.status": "active", "enrollment.granted_by": old_id}
        learner.eventually(path, lambda seen: seen.at("payment.status") == "captured").gives(200, {**paid, **given})
    with teller.step("the new order is paid too: all of it is given back, and the course stays"):
        bank.pays(new_id, tells=True)
        path = f"/api/payments/{new_id}"
        unwanted = {"payment.reason": "duplicate", "payment.captured_amount": NEW_PRICE, "enrollment.status": "active"}
        learner.eventually(path, lambda seen: seen.at("payment.reason") == "duplicate").gives(200, unwanted)
        teller.note(f"sweep > {stage.sweep()['verdicts']}")
        back = {"payment.status": "refunded", "payment.refunded_amount": NEW_PRICE}
        given = {"enrollment.status": "active", "enrollment.granted_by": old_id}
        refunded = learner.eventually(path, lambda seen: seen.at("payment.status") == "refunded")
        refunded.gives(200, {**back, **given})


def open_order(shop: Shop, learner: Person) -> str:
    """Raises Broken."""
    order = learner.post("/api/payments/create-order", {"course_id": shop.paid_id})
    order_id: str = order.gives(201, {"amount": OLD_PRICE, "currency": "INR"}).at("order_id")
    return order_id
