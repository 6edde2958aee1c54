"""Scenario: a learner enrolls, pays, learns and completes; every payment message is delivered twice."""

from cli._demo.client import ApiUser, Response
from cli._demo.courses import LESSON_TEXT, OLD_PRICE, VIDEO_SECONDS, DemoCourses
from cli._demo.output import StepFailed
from cli._demo.users import DemoUsers, FakeRazorpayClient


def check_purchase(courses: DemoCourses, learner: ApiUser, razorpay: FakeRazorpayClient) -> None:
    output, course = learner.output, {"course_id": courses.paid_id}
    with output.step("enrolling in a free course activates the enrollment at once"):
        free = learner.post("/api/enrollments", {"course_id": courses.free_id})
        free.expect(201, {"status": "active", "granted_by": "free", "progress.percent": 0})
    with output.step("enrolling in a paid course creates a pending enrollment"):
        learner.post("/api/enrollments", course).expect(201, {"status": "pending", "next.action": "pay"})
    with output.step("create-order returns an order to pay"):
        order = learner.post("/api/payments/create-order", course)
        order.expect(201, {"amount": OLD_PRICE, "currency": "INR", "prefill.name": learner.name})
        order_id = order.value_at("order_id")
    with output.step("create-order again returns the same order"):
        again = learner.post("/api/payments/create-order", course)
        again.expect(200, {"order_id": order_id, "expires_at": order.value_at("expires_at")})
    with output.step("the lessons are locked before the payment"):
        learner.get(f"/api/courses/{courses.paid_id}/lessons/{courses.lesson_ids[0]}").expect(
            403, {"code": "not_enrolled"}
        )
    with output.step("the learner pays at Razorpay"):
        checkout = razorpay.pay(order_id, webhooks=False)
    with output.step("verify activates the enrollment"):
        verified = learner.post("/api/payments/verify", checkout)
        active = {"enrollment.status": "active", "enrollment.granted_by": order_id}
        verified.expect(200, {"payment.order_id": order_id, "payment.status": "authorized", **active})
    with output.step("verify again returns the same response"):
        expect_same_body(learner.post("/api/payments/verify", checkout).expect(200), verified.content)
    with output.step("the capture webhook updates the payment and leaves the enrollment unchanged"):
        before = learner.get(f"/api/enrollments/{courses.paid_id}").expect(200, {"status": "active"})
        captures = [event for event in razorpay.webhook_events_of(order_id) if event["type"] == "payment.captured"]
        razorpay.deliver_webhook(captures[0]).expect(200, {"outcome": "captured"})
        captured = {"payment.status": "captured", "payment.captured_amount": OLD_PRICE, "payment.refunded_amount": 0}
        after = learner.get(f"/api/payments/{order_id}").expect(200, captured)
        expect_same_body(learner.get(f"/api/enrollments/{courses.paid_id}"), before.content)
    with output.step("redelivering every webhook of this payment changes nothing"):
        for event in razorpay.webhook_events_of(order_id):
            razorpay.deliver_webhook(event).expect(200, {"outcome": "no_change"})
        expect_same_body(learner.get(f"/api/payments/{order_id}"), after.content)
    with output.step("a second enrollment and a second order are rejected"):
        learner.post("/api/enrollments", course).expect(409, {"code": "enrollment_already_active"})
        rejected = learner.post("/api/payments/create-order", course)
        rejected.expect(409, {"code": "enrollment_already_active"})


def check_learning(courses: DemoCourses, learner: ApiUser, users: DemoUsers) -> None:
    output, (text, video) = users.output, courses.lesson_ids
    lessons, completions = f"/api/courses/{courses.paid_id}/lessons", f"/api/enrollments/{courses.paid_id}/lessons"
    progress = f"/api/enrollments/{courses.paid_id}/progress"
    with output.step("the text lesson is readable"):
        read = learner.get(f"{lessons}/{text}").expect(200, {"kind": "text", "content": LESSON_TEXT})
        if "<strong>do</strong>" not in read.value_at("content_html"):
            raise StepFailed(f"the text is not rendered as HTML: {read.value_at('content_html')}")
    with output.step("the video lesson has a link that expires"):
        seen = learner.get(f"{lessons}/{video}").expect(200, {"kind": "video", "duration_seconds": VIDEO_SECONDS})
        played = users.anyone().call("GET", seen.value_at("video.url")).expect(200)
        if played.content[4:8] != b"ftyp":
            raise StepFailed("the link does not lead to a video")
    with output.step("completing one of two lessons gives 50 % progress"):
        half = {"progress.percent": 50, "progress.completed_lessons": 1, "progress.total_lessons": 2}
        learner.put(f"{completions}/{text}", {"completed": True}).expect(200, {"status": "active", **half})
        learner.put(f"{completions}/{text}", {"completed": True}).expect(200, {"status": "active", **half})
    with output.step("completing both lessons completes the course"):
        whole = {"progress.percent": 100, "progress.completed_lessons": 2, "progress.total_lessons": 2}
        learner.put(f"{completions}/{video}", {"completed": True}).expect(200, {"status": "completed", **whole})
        learner.get(progress).expect(200, {"percent": 100, "status": "completed", "next_lesson_id": None})
    with output.step("completing a lesson again changes nothing"):
        done = learner.get(f"/api/enrollments/{courses.paid_id}").expect(200, {"status": "completed"})
        learner.put(f"{completions}/{video}", {"completed": True}).expect(200, {"status": "completed"})
        expect_same_body(learner.get(f"/api/enrollments/{courses.paid_id}"), done.content)
    with output.step("a learner who completed a course keeps access and has a public, verifiable certificate"):
        learner.get(f"{lessons}/{text}").expect(200, {"kind": "text"})
        certificate_id = done.value_at("certificate_id")
        learner.get("/api/certificates/my").expect(200, {"items.0.id": certificate_id, "items.1": None})
        expected = {"status": "valid", "learner_name": learner.name, "course.id": courses.paid_id}
        users.anyone().get(f"/api/certificates/{certificate_id}").expect(200, expected)
        if not users.anyone().get(f"/api/certificates/{certificate_id}/pdf").expect(200).content.startswith(b"%PDF-"):
            raise StepFailed("the certificate is not a PDF")


def expect_same_body(response: Response, before: bytes) -> None:
    """Raises StepFailed unless the body equals `before`, byte for byte."""
    if response.content != before:
        raise StepFailed(f"expected the same body, got {response.content!r} after {before!r}")
