"""What time does, on an instance whose payment window is a few seconds: orders expire, and the sweep finds money."""

import time
from datetime import datetime
from typing import Final

from cli._demo.client import ApiUser
from cli._demo.courses import OLD_PRICE, DemoCourses, course_body
from cli._demo.target import DemoTarget
from cli._demo.users import DemoUsers, FakeRazorpayClient

ORDER_WINDOW_SECONDS: Final = 8
"""Long enough for the first steps and a sweep to come within it on a busy machine."""


def create_course_and_learners(cast: DemoUsers) -> tuple[DemoCourses, ApiUser, ApiUser]:
    """A published course and two learners."""
    with cast.output.step(f"an instance with a payment window of {ORDER_WINDOW_SECONDS} s, a course and two learners"):
        shop = DemoCourses(cast.register("Meera", "instructor"))
        late, lost = cast.register("Late", "student"), cast.register("Lost", "student")
        teacher = shop.instructor
        shop.paid_id = teacher.post("/api/courses", course_body("Sing in tune", OLD_PRICE)).expect(201).value_at("id")
        section = teacher.post("/api/sections", {"course_id": shop.paid_id, "title": "Hearing"}).expect(201)
        lesson = {"section_id": section.value_at("id"), "title": "A third", "kind": "text", "content": "Sing."}
        teacher.post("/api/lessons", lesson).expect(201)
        teacher.post(f"/api/courses/{shop.paid_id}/publish").expect(200, {"status": "published"})
    return shop, late, lost


def check_expiry(shop: DemoCourses, late: ApiUser, lost: ApiUser, bank: FakeRazorpayClient, stage: DemoTarget) -> None:
    teller = late.output
    with teller.step("one order is not paid; another is, but its webhooks are lost and the browser is closed"):
        wanted = {"course_id": shop.paid_id}
        unpaid = late.post("/api/payments/create-order", wanted).expect(201, {"amount": OLD_PRICE}).value_at("order_id")
        order = lost.post("/api/payments/create-order", wanted).expect(201, {"amount": OLD_PRICE})
        paid, window_ends_at = order.value_at("order_id"), order.value_at("expires_at")
        bank.pay(paid, webhooks=False)
        pending = {"payment.status": "pending", "payment.reason": None, "enrollment.status": "pending"}
        lost.get(f"/api/payments/{paid}").expect(200, pending)
    with teller.step("a sweep within the window expires nothing"):
        teller.add_line(f"sweep > {stage.sweep()['verdicts']}")
        late.get(f"/api/payments/{unpaid}").expect(200, pending)
    with teller.step("past the window, the sweep asks the gateway first"):
        _sleep_until(window_ends_at)
        report = stage.sweep()
        teller.add_line(f"sweep > {report['verdicts']}")
    with teller.step("the sweep alone activated what was paid"):
        captured = {"payment.status": "captured", "payment.captured_amount": OLD_PRICE}
        given = {"enrollment.status": "active", "enrollment.granted_by": paid}
        lost.get(f"/api/payments/{paid}").expect(200, {**captured, **given})
    with teller.step("what was not paid has expired"):
        failed = {"payment.status": "failed", "payment.reason": "expired"}
        cancelled = {"enrollment.status": "cancelled", "enrollment.reason": "expired"}
        late.get(f"/api/payments/{unpaid}").expect(200, {**failed, **cancelled})
    with teller.step("the expired order is paid all the same: the learner has the course"):
        bank.pay(unpaid, webhooks=True)
        path, given = f"/api/payments/{unpaid}", {"enrollment.status": "active", "enrollment.granted_by": unpaid}
        there = late.eventually(path, lambda seen: seen.value_at("payment.status") == "captured")
        there.expect(200, {"payment.captured_amount": OLD_PRICE, "payment.refunded_amount": 0, **given})


def _sleep_until(moment: str) -> None:
    time.sleep(max(0.0, datetime.fromisoformat(moment).timestamp() - time.time()) + 0.05)
