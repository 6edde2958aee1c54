"""One learner enrolls, pays, learns and completes; every message about the money comes twice."""

from cli._demo.client import ApiUser, Response
from cli._demo.courses import LESSON_TEXT, OLD_PRICE, VIDEO_SECONDS, DemoCourses
from cli._demo.output import StepFailed
from cli._demo.users import DemoUsers, FakeRazorpayClient


def check_purchase(shop: DemoCourses, learner: ApiUser, bank: FakeRazorpayClient) -> None:
    teller, course = learner.output, {"course_id": shop.paid_id}
    with teller.step("enrolled in the free course at once"):
        free = learner.post("/api/enrollments", {"course_id": shop.free_id})
        free.expect(201, {"status": "active", "granted_by": "free", "progress.percent": 0})
    with teller.step("enrolled in the paid course: it waits for the money"):
        learner.post("/api/enrollments", course).expect(201, {"status": "pending", "next.action": "pay"})
    with teller.step("an order to pay"):
        order = learner.post("/api/payments/create-order", course)
        order.expect(201, {"amount": OLD_PRICE, "currency": "INR", "prefill.name": learner.name})
        order_id = order.value_at("order_id")
    with teller.step("create-order again: the same order"):
        again = learner.post("/api/payments/create-order", course)
        again.expect(200, {"order_id": order_id, "expires_at": order.value_at("expires_at")})
    with teller.step("no lesson before the money"):
        learner.get(f"/api/courses/{shop.paid_id}/lessons/{shop.lesson_ids[0]}").expect(403, {"code": "not_enrolled"})
    with teller.step("paid at the gateway"):
        checkout = bank.pay(order_id, webhooks=False)
    with teller.step("verified: active"):
        verified = learner.post("/api/payments/verify", checkout)
        active = {"enrollment.status": "active", "enrollment.granted_by": order_id}
        verified.expect(200, {"payment.order_id": order_id, "payment.status": "authorized", **active})
    with teller.step("verify again: the same 200"):
        expect_same_body(learner.post("/api/payments/verify", checkout).expect(200), verified.content)
    with teller.step("the webhook of this payment: captured, and the enrollment is untouched"):
        before = learner.get(f"/api/enrollments/{shop.paid_id}").expect(200, {"status": "active"})
        told = [event for event in bank.webhook_events_of(order_id) if event["type"] == "payment.captured"]
        bank.deliver_webhook(told[0]).expect(200, {"outcome": "captured"})
        captured = {"payment.status": "captured", "payment.captured_amount": OLD_PRICE, "payment.refunded_amount": 0}
        after = learner.get(f"/api/payments/{order_id}").expect(200, captured)
        expect_same_body(learner.get(f"/api/enrollments/{shop.paid_id}"), before.content)
    with teller.step("every webhook of this payment once more changes nothing"):
        for event in bank.webhook_events_of(order_id):
            bank.deliver_webhook(event).expect(200, {"outcome": "no_change"})
        expect_same_body(learner.get(f"/api/payments/{order_id}"), after.content)
    with teller.step("a second enrollment is refused, and so is a second order"):
        learner.post("/api/enrollments", course).expect(409, {"code": "enrollment_already_active"})
        refused = learner.post("/api/payments/create-order", course)
        refused.expect(409, {"code": "enrollment_already_active"})


def check_learning(shop: DemoCourses, learner: ApiUser, cast: DemoUsers) -> None:
    teller, (text, film) = cast.output, shop.lesson_ids
    lessons, ticks = f"/api/courses/{shop.paid_id}/lessons", f"/api/enrollments/{shop.paid_id}/lessons"
    progress = f"/api/enrollments/{shop.paid_id}/progress"
    with teller.step("the text lesson is readable"):
        read = learner.get(f"{lessons}/{text}").expect(200, {"kind": "text", "content": LESSON_TEXT})
        if "<strong>do</strong>" not in read.value_at("content_html"):
            raise StepFailed(f"the text is not shown as HTML: {read.value_at('content_html')}")
    with teller.step("the video lesson plays from a link that expires"):
        seen = learner.get(f"{lessons}/{film}").expect(200, {"kind": "video", "duration_seconds": VIDEO_SECONDS})
        played = cast.anyone().call("GET", seen.value_at("video.url")).expect(200)
        if played.content[4:8] != b"ftyp":
            raise StepFailed("the link does not lead to a film")
    with teller.step("half of it: 50 %"):
        half = {"progress.percent": 50, "progress.completed_lessons": 1, "progress.total_lessons": 2}
        learner.put(f"{ticks}/{text}", {"completed": True}).expect(200, {"status": "active", **half})
        learner.put(f"{ticks}/{text}", {"completed": True}).expect(200, {"status": "active", **half})
    with teller.step("all of it: 100 %, completed"):
        whole = {"progress.percent": 100, "progress.completed_lessons": 2, "progress.total_lessons": 2}
        learner.put(f"{ticks}/{film}", {"completed": True}).expect(200, {"status": "completed", **whole})
        learner.get(progress).expect(200, {"percent": 100, "status": "completed", "next_lesson_id": None})
    with teller.step("completed once: another tick moves nothing"):
        done = learner.get(f"/api/enrollments/{shop.paid_id}").expect(200, {"status": "completed"})
        learner.put(f"{ticks}/{film}", {"completed": True}).expect(200, {"status": "completed"})
        expect_same_body(learner.get(f"/api/enrollments/{shop.paid_id}"), done.content)
    with teller.step("who completed a course keeps its lessons, and has a certificate that anybody can verify"):
        learner.get(f"{lessons}/{text}").expect(200, {"kind": "text"})
        certified = done.value_at("certificate_id")
        learner.get("/api/certificates/my").expect(200, {"items.0.id": certified, "items.1": None})
        named = {"status": "valid", "learner_name": learner.name, "course.id": shop.paid_id}
        cast.anyone().get(f"/api/certificates/{certified}").expect(200, named)
        if not cast.anyone().get(f"/api/certificates/{certified}/pdf").expect(200).content.startswith(b"%PDF-"):
            raise StepFailed("the certificate is no PDF")


def expect_same_body(answer: Response, before: bytes) -> None:
    """Raises Broken unless the answer is, byte for byte, what it was before."""
    if answer.content != before:
        raise StepFailed(f"expected the same answer, got {answer.content!r} after {before!r}")
