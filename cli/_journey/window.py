"""What time does, on an instance whose payment window is a few seconds: orders expire, and the sweep finds money."""

import time
from datetime import datetime
from typing import Final

from cli._journey.cast import Bank, Cast
from cli._journey.client import Person
from cli._journey.shop import OLD_PRICE, Shop, course_in
from cli._journey.stage import Stage

SECONDS: Final = 8
"""Long enough for the first steps and a sweep to come within it on a busy machine."""


def prepare(cast: Cast) -> tuple[Shop, Person, Person]:
    """A published course and two learners."""
    with cast.teller.step(f"an instance with a payment window of {SECONDS} s, a course and two learners"):
        shop = Shop(cast.register("Meera", "instructor"))
        late, lost = cast.register("Late", "student"), cast.register("Lost", "student")
        teacher = shop.instructor
        shop.paid_id = teacher.post("/api/courses", course_in("Sing in tune", OLD_PRICE)).gives(201).at("id")
        section = teacher.post("/api/sections", {"course_id": shop.paid_id, "title": "Hearing"}).gives(201)
        lesson = {"section_id": section.at("id"), "title": "A third", "kind": "text", "content": "Sing."}
        teacher.post("/api/lessons", lesson).gives(201)
        teacher.post(f"/api/courses/{shop.paid_id}/publish").gives(200, {"status": "published"})
    return shop, late, lost


def wait_out(shop: Shop, late: Person, lost: Person, bank: Bank, stage: Stage) -> None:
    teller = late.teller
    with teller.step("one order is not paid; another is, but its webhooks are lost and the browser is closed"):
        wanted = {"course_id": shop.paid_id}
        unpaid = late.post("/api/payments/create-order", wanted).gives(201, {"amount": OLD_PRICE}).at("order_id")
        order = lost.post("/api/payments/create-order", wanted).gives(201, {"amount": OLD_PRICE})
        paid, window_ends_at = order.at("order_id"), order.at("expires_at")
        bank.pays(paid, tells=False)
        pending = {"payment.status": "pending", "payment.reason": None, "enrollment.status": "pending"}
        lost.get(f"/api/payments/{paid}").gives(200, pending)
    with teller.step("a sweep within the window expires nothing"):
        teller.note(f"sweep > {stage.sweep()['verdicts']}")
        late.get(f"/api/payments/{unpaid}").gives(200, pending)
    with teller.step("past the window, the sweep asks the gateway first"):
        _sleep_until(window_ends_at)
        report = stage.sweep()
        teller.note(f"sweep > {report['verdicts']}")
    with teller.step("the sweep alone activated what was paid"):
        captured = {"payment.status": "captured", "payment.captured_amount": OLD_PRICE}
        given = {"enrollment.status": "active", "enrollment.granted_by": paid}
        lost.get(f"/api/payments/{paid}").gives(200, {**captured, **given})
    with teller.step("what was not paid has expired"):
        failed = {"payment.status": "failed", "payment.reason": "expired"}
        cancelled = {"enrollment.status": "cancelled", "enrollment.reason": "expired"}
        late.get(f"/api/payments/{unpaid}").gives(200, {**failed, **cancelled})
    with teller.step("the expired order is paid all the same: the learner has the course"):
        bank.pays(unpaid, tells=True)
        path, given = f"/api/payments/{unpaid}", {"enrollment.status": "active", "enrollment.granted_by": unpaid}
        there = late.eventually(path, lambda seen: seen.at("payment.status") == "captured")
        there.gives(200, {"payment.captured_amount": OLD_PRICE, "payment.refunded_amount": 0, **given})


def _sleep_until(moment: str) -> None:
    time.sleep(max(0.0, datetime.fromisoformat(moment).timestamp() - time.time()) + 0.05)
