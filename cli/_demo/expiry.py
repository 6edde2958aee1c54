"""Scenario: orders expire and the sweep finds payments, on an instance with an order window of a few seconds."""

import time
from datetime import datetime
from typing import Final

from cli._demo.client import ApiUser
from cli._demo.courses import OLD_PRICE, DemoCourses, course_body
from cli._demo.target import DemoTarget
from cli._demo.users import DemoUsers, FakeRazorpayClient

ORDER_WINDOW_SECONDS: Final = 8
"""Long enough for the first steps and a sweep on a busy machine."""


def create_course_and_learners(users: DemoUsers) -> tuple[DemoCourses, ApiUser, ApiUser]:
    """(a published course, a learner who pays late, a learner whose webhooks are lost)."""
    title = f"an instance with an order window of {ORDER_WINDOW_SECONDS} s, a course and two learners"
    with users.output.step(title):
        courses = DemoCourses(users.register("Meera", "instructor"))
        late, lost = users.register("Late", "student"), users.register("Lost", "student")
        instructor = courses.instructor
        courses.paid_id = (
            instructor.post("/api/courses", course_body("Sing in tune", OLD_PRICE)).expect(201).value_at("id")
        )
        section = instructor.post("/api/sections", {"course_id": courses.paid_id, "title": "Hearing"}).expect(201)
        lesson = {"section_id": section.value_at("id"), "title": "A third", "kind": "text", "content": "Sing."}
        instructor.post("/api/lessons", lesson).expect(201)
        instructor.post(f"/api/courses/{courses.paid_id}/publish").expect(200, {"status": "published"})
    return courses, late, lost


def check_expiry(
    courses: DemoCourses, late: ApiUser, lost: ApiUser, razorpay: FakeRazorpayClient, target: DemoTarget
) -> None:
    output = late.output
    with output.step("one order is unpaid; the other is paid, but its webhooks are lost and the browser is closed"):
        course = {"course_id": courses.paid_id}
        unpaid = late.post("/api/payments/create-order", course).expect(201, {"amount": OLD_PRICE}).value_at("order_id")
        order = lost.post("/api/payments/create-order", course).expect(201, {"amount": OLD_PRICE})
        paid, window_ends_at = order.value_at("order_id"), order.value_at("expires_at")
        razorpay.pay(paid, webhooks=False)
        pending = {"payment.status": "pending", "payment.reason": None, "enrollment.status": "pending"}
        lost.get(f"/api/payments/{paid}").expect(200, pending)
    with output.step("a sweep within the window expires nothing"):
        output.add_line(f"sweep > {target.sweep()['verdicts']}")
        late.get(f"/api/payments/{unpaid}").expect(200, pending)
    with output.step("after the window, the sweep polls Razorpay before it expires an order"):
        _sleep_until(window_ends_at)
        report = target.sweep()
        output.add_line(f"sweep > {report['verdicts']}")
    with output.step("the sweep has activated the enrollment of the paid order"):
        captured = {"payment.status": "captured", "payment.captured_amount": OLD_PRICE}
        access = {"enrollment.status": "active", "enrollment.granted_by": paid}
        lost.get(f"/api/payments/{paid}").expect(200, {**captured, **access})
    with output.step("the unpaid order has expired"):
        failed = {"payment.status": "failed", "payment.reason": "expired"}
        cancelled = {"enrollment.status": "cancelled", "enrollment.reason": "expired"}
        late.get(f"/api/payments/{unpaid}").expect(200, {**failed, **cancelled})
    with output.step("a late payment of the expired order activates the enrollment"):
        razorpay.pay(unpaid, webhooks=True)
        path = f"/api/payments/{unpaid}"
        access = {"enrollment.status": "active", "enrollment.granted_by": unpaid}
        payment = late.eventually(path, lambda seen: seen.value_at("payment.status") == "captured")
        payment.expect(200, {"payment.captured_amount": OLD_PRICE, "payment.refunded_amount": 0, **access})


def _sleep_until(moment: str) -> None:
    time.sleep(max(0.0, datetime.fromisoformat(moment).timestamp() - time.time()) + 0.05)
